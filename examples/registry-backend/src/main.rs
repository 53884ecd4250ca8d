//! A registry of codebundles that brings its database up to date when it starts.
//!
//! It is the example of limbeck: [`migrate`] is all that a service needs for that.

mod api;
mod codebundle;
mod config;
mod error;
mod migrate;
mod stop;
mod store;
mod url;
mod worker;

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::api::Service;
use crate::config::Config;
use crate::error::StartError;
use crate::stop::Stop;
use crate::store::Store;
use crate::url::Target;

/// How long requests that are being answered may go on after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), StartError> {
    let config = Config::from_environment()?;
    let target = url::for_sqlx(&config.database_url)?;
    match env::args_os().nth(1) {
        None => serve(&config, &target).await,
        Some(argument) if argument == "worker" => {
            let mut stop = Stop::listen()?;
            let store = Store::open(&target).await?;
            worker::run(&store, &mut stop).await?;
            store.close().await;
            Ok(())
        }
        Some(argument) => Err(StartError::Argument(argument.to_string_lossy().into_owned())),
    }
}

/// Migrates the database, and then serves.
async fn serve(config: &Config, target: &Target) -> Result<(), StartError> {
    // Before all else: the process 1 of a container gets no signal that it does not wait for.
    let mut stop = Stop::listen()?;
    let migrator = migrate::migrator(&config.database_url);
    // Nothing listens before the database is as the code expects it. A load balancer or an orchestrator therefore
    // never sends a request to a replica whose migration is running, or has failed.
    migrate::upgrade(&migrator, &mut stop).await?;
    let store = Store::open(target).await?;
    let service = Service::new(store.clone(), migrator);
    let listen = |source| StartError::Listen {
        address: config.address,
        source,
    };
    let listener = TcpListener::bind(config.address).await.map_err(listen)?;
    say(format_args!(
        "listening on http://{}",
        listener.local_addr().map_err(listen)?
    ));
    answer(listener, service, &mut stop).await?;
    store.close().await;
    Ok(())
}

/// Answers requests until SIGTERM or SIGINT, and then those that are being answered, for as long as [`GRACE`].
async fn answer(listener: TcpListener, service: Service, stop: &mut Stop) -> Result<(), StartError> {
    let (end, ending) = oneshot::channel::<()>();
    let serving = axum::serve(listener, api::router(service)).with_graceful_shutdown(async move {
        // An error means that the sender is gone, and then there is nothing to wait for either.
        let _ = ending.await;
    });
    let mut serving = std::pin::pin!(serving.into_future());
    tokio::select! {
        result = &mut serving => return result.map_err(StartError::Serve),
        () = stop.asked() => {}
    }
    say(format_args!("stopping"));
    let _ = end.send(());
    // A client that never ends its request must not keep the process.
    tokio::time::timeout(GRACE, serving)
        .await
        .unwrap_or(Ok(()))
        .map_err(StartError::Serve)
}

/// Writes a line of what happens to standard output.
fn say(line: std::fmt::Arguments<'_>) {
    // Who closed the pipe does not want to know.
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Writes an error to standard error.
fn complain(error: &dyn std::fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "registry-backend: {error}");
}
