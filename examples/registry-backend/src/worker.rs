//! The worker: a second program on the same database.
//!
//! It does not migrate, and works only on a database that somebody has migrated: where it is started,
//! `limbeck wait` comes first.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::error::StartError;
use crate::say;
use crate::stop::Stop;
use crate::store::Store;

/// How long it rests between two reports.
const PAUSE: Duration = Duration::from_secs(60);

/// Reports how many codebundles there are for each platform, again and again until it is asked to stop.
pub(crate) async fn run(store: &Store, stop: &mut Stop) -> Result<(), StartError> {
    loop {
        report(store).await?;
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = stop.asked() => return Ok(()),
        }
    }
}

async fn report(store: &Store) -> Result<(), StartError> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for codebundle in store.list(None).await? {
        *counts.entry(codebundle.platform.unwrap_or_default()).or_default() += 1;
    }
    let total: usize = counts.values().sum();
    let counts: Vec<String> = counts
        .iter()
        .map(|(platform, count)| format!("{count} for {platform}"))
        .collect();
    say(format_args!("codebundles: {total} ({})", counts.join(", ")));
    Ok(())
}
