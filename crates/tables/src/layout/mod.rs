//! How rows that the loader writes are laid out: columns, their order, and the numbers that stand for
//! words. Decides nothing about events.

mod blocks;
mod entry;
mod name;
mod record;

pub use self::blocks::Rows;
pub use self::entry::{EntryPosition, EntryRow};
pub use self::name::NameRow;
pub use self::record::RecordRow;

/// The table of records.
pub const RECORDS: &str = "records";

/// The table of names.
pub const NAMES: &str = "names";

/// The table of what is said about records that could not be loaded.
pub const QUARANTINE: &str = "quarantine";
