//! What an undisturbed run and the server say to each other.

use std::time::{Duration, Instant};

use limbeck_testing::{Moment, Proxy};

use super::world::World;

pub(super) struct Talk {
    /// What the run asks the server for.
    requests: Vec<String>,
    /// How much both say.
    pub(super) bytes: u64,
    /// How long it takes.
    pub(super) elapsed: Duration,
}

impl Talk {
    /// Listens to a run to the head.
    pub(super) fn of(world: &World) -> Self {
        let proxy = Proxy::start(world.port());
        let url = world.url_by(proxy.port());
        let start = Instant::now();
        let mut process = world.start(world.limbeck(&["upgrade", "head"]).env("DATABASE_URL", url));
        let status = process.end(Duration::from_secs(60));
        assert!(status.success(), "{}", process.said());
        Self {
            requests: proxy.requests(),
            bytes: proxy.bytes(),
            elapsed: start.elapsed(),
        }
    }

    /// Before each request has reached the server, and when the server has done it and not yet answered.
    pub(super) fn boundaries(&self) -> Vec<Moment> {
        self.boundaries_of(|_| true)
    }

    /// Those of the requests in which a word stands.
    pub(super) fn boundaries_with(&self, word: &str) -> Vec<Moment> {
        self.boundaries_of(|request| request.contains(word))
    }

    /// Whether what has not reached the server at a moment is a statement that can be in no transaction, so that no fencing
    /// token goes with it (docs/production.md, "Locks and poolers").
    pub(super) fn is_unfenced(&self, moment: Moment) -> bool {
        match moment {
            Moment::Request(number) => self
                .requests
                .get(number.wrapping_sub(1))
                .is_some_and(|request| request.contains("CONCURRENTLY")),
            _ => false,
        }
    }

    fn boundaries_of(&self, wanted: impl Fn(&str) -> bool) -> Vec<Moment> {
        let numbers = (1..).zip(&self.requests);
        numbers
            .filter(|(_, request)| wanted(request))
            .flat_map(|(number, _)| [Moment::Request(number), Moment::Answer(number)])
            .collect()
    }
}
