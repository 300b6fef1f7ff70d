//! For which ClickHouse tables are defined.
//!
//! Every statement that defines, replaces or drops a table goes through [`Topology::render`], so that
//! another topology is another arm there and nowhere else.

use std::borrow::Cow;

use anyhow::Context;
use clickhouse::Client;

/// The servers that tables are defined for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Topology {
    /// One server.
    #[default]
    Single,
}

impl Topology {
    /// A statement as this topology needs it. Migrations and other definitions are written for one
    /// server, so for that they stay as they are.
    pub fn render(self, statement: &str) -> Cow<'_, str> {
        match self {
            Self::Single => Cow::Borrowed(statement),
        }
    }

    /// Defines, replaces or drops a table, and waits until it is done.
    pub(crate) async fn define(self, client: &Client, statement: &str) -> anyhow::Result<()> {
        let statement = self.render(statement);
        let what = statement.lines().next().unwrap_or_default();
        let run = client.query_raw(&statement).with_setting("wait_end_of_query", "1").execute();
        run.await.with_context(|| format!("failed: {what}"))
    }
}
