//! A new account: made, and appended to the file of accounts.

use std::fs::File;
use std::io::{self, Write};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use domain::{AreaCode, Channel, Kind, SourceId};
use tempfile::NamedTempFile;

use super::{Account, LATE_DAYS, SecretKey, read};

/// What a new account may do.
#[derive(Clone, Debug, clap::Args)]
pub struct NewAccount {
    /// The source that its events name, such as guangzhou/tianhe-hall.
    #[arg(long)]
    pub source: SourceId,
    /// The area (twelve digits) in which everything that it posts must lie.
    #[arg(long, required_unless_present = "nationwide", conflicts_with = "nationwide")]
    pub area_code: Option<AreaCode>,
    /// It may post for every area.
    #[arg(long)]
    pub nationwide: bool,
    /// A channel of which it may post services and reviews; may be repeated. Without: every one.
    #[arg(long = "channel")]
    pub channels: Vec<Channel>,
    /// A kind of events that it may post (service, review, disposition); may be repeated.
    #[arg(long = "post", default_values = ["service", "review"])]
    pub posts: Vec<Kind>,
    /// How many events it may post in a second, on average.
    #[arg(long)]
    pub events_per_second: Option<NonZeroU32>,
    /// How many days back what it posts may lie.
    #[arg(long, default_value_t = LATE_DAYS)]
    pub late_days: u16,
}

impl NewAccount {
    /// The account, and its key, which exists nowhere else.
    ///
    /// # Errors
    ///
    /// If it is not clear where the account may post, or the system has no random bits.
    pub fn create(&self) -> anyhow::Result<(Account, SecretKey)> {
        ensure!(
            self.nationwide == self.area_code.is_none(),
            "an account is either for an area or nationwide"
        );
        let key = SecretKey::create()?;
        let account = Account {
            source: self.source,
            key_hash: key.hash(),
            area_code: self.area_code,
            channels: (!self.channels.is_empty()).then(|| self.channels.iter().copied().collect()),
            posts: self.posts.iter().copied().collect(),
            events_per_second: self.events_per_second,
            late_days: self.late_days,
        };
        Ok((account, key))
    }
}

/// `haochaping account add`.
#[derive(Clone, Debug, clap::Args)]
pub struct AddArgs {
    /// File of the accounts; it is made if it is missing.
    #[arg(long, env = "HAOCHAPING_ACCOUNTS")]
    pub accounts: PathBuf,
    /// File to write the key to, readable by its owner alone. Without, the key is printed.
    #[arg(long)]
    pub key_file: Option<PathBuf>,
    /// What it may do.
    #[command(flatten)]
    pub account: NewAccount,
}

/// Adds an account, and prints its key or writes it to a file. An intake knows the account when it
/// is started again.
///
/// # Errors
///
/// If a file cannot be written, or there is a key file already.
pub fn add(arguments: &AddArgs) -> anyhow::Result<()> {
    let (account, key) = arguments.account.create()?;
    let Some(key_file) = &arguments.key_file else {
        append(&arguments.accounts, account)?;
        return writeln!(io::stdout(), "{}", key.expose()).context("failed to print the key");
    };
    // The file appears only once its key is that of an account, and never over another.
    let failure = || format!("failed to write the key to {}", key_file.display());
    ensure!(!key_file.exists(), "there is a key in {} already", key_file.display());
    let mut file = NamedTempFile::new_in(folder_of(key_file)).with_context(failure)?;
    writeln!(file, "{}", key.expose()).with_context(failure)?;
    file.as_file().sync_all().with_context(failure)?;
    append(&arguments.accounts, account)?;
    file.persist_noclobber(key_file).with_context(failure)?;
    Ok(())
}

/// Appends an account to the file, which is replaced as a whole: whoever reads it sees it before or
/// after, and two who append do not lose each other's.
///
/// # Errors
///
/// If the file cannot be read or written.
pub fn append(path: &Path, account: Account) -> anyhow::Result<()> {
    let lock = path.with_added_extension("lock");
    let lock = File::create(&lock).with_context(|| format!("failed to make {}", lock.display()))?;
    lock.lock().context("failed to lock the accounts")?;
    let mut accounts = if path.exists() { read(path)? } else { Vec::new() };
    accounts.push(account);
    replace(path, &accounts)
        .with_context(|| format!("failed to write the accounts to {}", path.display()))
}

/// Where a file lies.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn replace(path: &Path, accounts: &[Account]) -> anyhow::Result<()> {
    // Readable by its owner alone, which is how temporary files are made.
    let mut file = NamedTempFile::new_in(folder_of(path))?;
    serde_json::to_writer_pretty(&mut file, accounts)?;
    writeln!(file)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(folder_of(path))?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::thread;

    use super::*;
    use crate::accounts::Accounts;

    const BURST: NonZeroU32 = NonZeroU32::new(1000).expect("not zero");

    fn hall(source: &str) -> NewAccount {
        NewAccount {
            source: source.parse().expect("a source"),
            area_code: Some("440106000000".parse().expect("an area")),
            nationwide: false,
            channels: vec![Channel::Hall],
            posts: vec![Kind::Service, Kind::Review],
            events_per_second: NonZeroU32::new(50),
            late_days: LATE_DAYS,
        }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("a file").permissions().mode() & 0o777
    }

    #[test]
    fn an_account_that_was_added_is_found_by_the_key_in_its_file() {
        let directory = tempfile::tempdir().expect("a directory");
        let arguments = AddArgs {
            accounts: directory.path().join("accounts.json"),
            key_file: Some(directory.path().join("hall.key")),
            account: hall("guangzhou/tianhe-hall"),
        };
        add(&arguments).expect("an account");

        let key_file = arguments.key_file.as_deref().expect("a file");
        let key = fs::read_to_string(key_file).expect("a key");
        let accounts = Accounts::load(&arguments.accounts, BURST).expect("accounts");
        let member = accounts.find(key.trim_end()).expect("an account");
        assert_eq!(member.account.channels, Some([Channel::Hall].into()));
        assert_eq!((mode(&arguments.accounts), mode(key_file)), (0o600, 0o600));
        let kept = fs::read_to_string(&arguments.accounts).expect("accounts");
        assert!(!kept.contains(key.trim_end()), "only the hash is kept");

        assert!(add(&arguments).is_err(), "a key is not written over another");
        assert_eq!(read(&arguments.accounts).expect("accounts").len(), 1);
    }

    #[test]
    fn accounts_that_are_added_at_once_are_all_there() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("accounts.json");
        thread::scope(|scope| {
            for number in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    let (account, _) =
                        hall(&format!("hall-{number}")).create().expect("an account");
                    append(path, account).expect("written");
                });
            }
        });
        assert_eq!(read(&path).expect("accounts").len(), 8);
    }

    #[test]
    fn an_account_for_nowhere_in_particular_has_to_say_so() {
        let unclear = NewAccount { area_code: None, ..hall("a") };
        assert!(unclear.create().is_err());
        let nationwide = NewAccount { nationwide: true, ..unclear };
        assert_eq!(nationwide.create().expect("an account").0.area_code, None);
    }
}
