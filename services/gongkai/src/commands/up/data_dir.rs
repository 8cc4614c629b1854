//! The folder that holds everything.

use anyhow::Context;
use gongkai_query::TokenKey;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// The folder's name in the user's data folder.
const NAME: &str = "gongkai";
const DATABASE: &str = "gongkai.sqlite";
const TOKEN_KEY: &str = "page-token.key";
const TOKEN_KEY_BYTES: usize = 32;

/// The folder that holds everything. Nobody else may look into it.
pub(super) struct DataDir(PathBuf);

impl DataDir {
    /// The folder at `path`, else in the user's data folder, made if need be. `lookup` reads the environment.
    pub(super) fn open(
        path: Option<&Path>,
        lookup: impl Fn(&str) -> Option<OsString>,
    ) -> anyhow::Result<Self> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => standard(lookup).context("there is no home folder; say where by --data-dir")?,
        };
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).with_context(|| format!("cannot make the folder {}", path.display()))?;
        Ok(Self(path))
    }

    /// The database file.
    pub(super) fn database(&self) -> PathBuf {
        self.0.join(DATABASE)
    }

    /// The key of page tokens, made if need be.
    pub(super) fn token_key(&self) -> anyhow::Result<TokenKey> {
        let path = self.0.join(TOKEN_KEY);
        if let Some(key) =
            fs::read(&path).ok().and_then(|bytes| <[u8; TOKEN_KEY_BYTES]>::try_from(bytes).ok())
        {
            return Ok(TokenKey::new(key));
        }
        let mut key = [0; TOKEN_KEY_BYTES];
        // Each of these carries some random bits beside the time, together more than anyone can guess.
        for half in key.chunks_mut(16) {
            half.copy_from_slice(Uuid::now_v7().as_bytes());
        }
        // Written aside, so that a crash leaves no half a key.
        let aside = path.with_extension("new");
        let write = || {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&aside)?;
            file.write_all(&key)?;
            file.sync_all()?;
            fs::rename(&aside, &path)
        };
        write().with_context(|| format!("cannot write {}", path.display()))?;
        Ok(TokenKey::new(key))
    }
}

/// The folder for a user's data, as the XDG base directory specification places it.
fn standard(lookup: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |key| lookup(key).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local/share")))?;
    Some(data.join(NAME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_word_it_is_in_the_users_data_folder() {
        let standard = |variables: &[(&str, &str)]| {
            let found = |key: &str| variables.iter().find(|(name, _)| *name == key).map(|(_, value)| value);
            standard(|key| found(key).map(OsString::from))
        };
        assert_eq!(standard(&[("HOME", "/home/li")]), Some("/home/li/.local/share/gongkai".into()));
        let both = [("HOME", "/home/li"), ("XDG_DATA_HOME", "/data")];
        assert_eq!(standard(&both), Some("/data/gongkai".into()));
        assert_eq!(standard(&[("XDG_DATA_HOME", "relative")]), None);
    }

    #[test]
    fn the_key_stays_the_same_and_is_mended_when_it_was_cut() {
        let scratch = tempfile::tempdir().unwrap();
        let data_dir = DataDir::open(Some(&scratch.path().join("deep/data")), |_| None).unwrap();
        let key = data_dir.token_key().unwrap();
        assert!(key == data_dir.token_key().unwrap());
        fs::write(data_dir.0.join(TOKEN_KEY), b"short").unwrap();
        assert!(key != data_dir.token_key().unwrap());
    }
}
