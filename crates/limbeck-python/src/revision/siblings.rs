use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// The files of the other revisions, for what only the whole history tells. They are read when somebody asks, and once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Siblings {
    files: Vec<PathBuf>,
    texts: Arc<OnceLock<Vec<(PathBuf, String)>>>,
}

impl Siblings {
    pub(super) fn new(files: &[PathBuf]) -> Self {
        Self {
            files: files.to_vec(),
            texts: Arc::default(),
        }
    }

    /// Whether a file other than `own` has `word` in quotes.
    pub(crate) fn mention(&self, word: &str, own: &Path) -> bool {
        let texts = self.texts.get_or_init(|| {
            let read = |file: &PathBuf| Some((file.clone(), std::fs::read_to_string(file).ok()?));
            self.files.iter().filter_map(read).collect()
        });
        let quoted = [format!("'{word}'"), format!("\"{word}\"")];
        texts
            .iter()
            .filter(|(file, _)| file != own)
            .any(|(_, text)| quoted.iter().any(|quoted| text.contains(quoted)))
    }
}
