//! From what is asked to the answer: reads, then writes in the form that was asked for.

use std::sync::Arc;

use domain::{Month, Province};

use crate::answer::Answer;
use crate::api;
use crate::cache::Cache;
use crate::config::Config;
use crate::figures::{Figures, figures};
use crate::kept::Kept;
use crate::ledger::{self, Ledger};
use crate::pages;
use crate::problem::{Kind, Problem};
use crate::resource::{Breakdown, LedgerCut, Representation, Resource, Slice};
use crate::rows::{self, Rows};
use crate::store::{Fault, Store};
use crate::stored::Basis;
use crate::watch::Watch;

/// What handlers share; a copy is one pointer, since every request gets some.
#[derive(Clone, Debug)]
pub(crate) struct App(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    store: Store,
    watch: Watch,
    cache: Cache,
}

/// While an answer is as good as a new one, what is stored is looked at so many times at most, for all
/// answers together. What was seen a while ago holds for less long.
const LOOKS: u32 = 5;

impl App {
    pub(crate) fn new(config: &Config) -> Self {
        let cache = Cache::new(config.cache_ttl(), config.cache_bytes_max / 2);
        let watch = Watch::new(config.cache_ttl() / LOOKS);
        Self(Arc::new(Parts { store: Store::new(config), watch, cache }))
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// The answer to what is asked, from the cache or made anew.
    pub(crate) async fn answer(
        &self,
        resource: Resource,
        representation: Representation,
    ) -> Result<Arc<Kept>, Problem> {
        let key = (resource.clone(), representation);
        // Most answers are kept ones: the large futures are made where they are needed only.
        let (app, looked_at) = (self.clone(), resource.clone());
        let look = async move { Box::pin(app.basis(&looked_at, representation)).await };
        let app = self.clone();
        let make = async move { Box::pin(app.make(resource, representation)).await };
        self.0.cache.get(key, look, make).await
    }

    async fn basis(&self, resource: &Resource, representation: Representation) -> Option<Basis> {
        self.0.watch.basis(self.store(), resource, representation).await
    }

    async fn make(
        &self,
        resource: Resource,
        representation: Representation,
    ) -> Result<Answer, Problem> {
        match resource {
            Resource::Provinces => {
                let months = self.store().months_of_all().await?;
                Ok(match representation {
                    Representation::Json => api::provinces::json(&months),
                    Representation::Csv => api::provinces::csv(&months),
                    Representation::Page(language) => pages::home::page(&months, language),
                })
            }
            Resource::Months(province) => {
                let months = self.store().months(province).await?;
                Ok(match representation {
                    Representation::Json => api::months::json(province, &months),
                    Representation::Csv => api::months::csv(province, &months),
                    Representation::Page(language) => {
                        pages::province::page(province, &months, language)
                    }
                })
            }
            Resource::Figures(province, month) => match representation {
                Representation::Json => {
                    Ok(api::figures::json(province, month, &self.figures(province, month).await?))
                }
                Representation::Csv => {
                    Ok(api::figures::csv(province, month, &self.figures(province, month).await?))
                }
                Representation::Page(language) => {
                    let cities =
                        rows::read(self.store(), province, month, &Breakdown::Cities, Slice::FIRST);
                    let (figures, cities) =
                        tokio::try_join!(self.figures(province, month), async {
                            cities.await.map_err(Problem::from)
                        })?;
                    Ok(pages::month::page(province, month, &figures, &cities.rows, language))
                }
            },
            Resource::Rows(province, month, breakdown, slice) => {
                let rows = self.rows(province, month, &breakdown, slice).await?;
                Ok(match representation {
                    Representation::Json => {
                        api::rows::json(province, month, breakdown.dimension(), &rows)
                    }
                    Representation::Csv => {
                        api::rows::csv(province, month, breakdown.dimension(), &rows)
                    }
                    Representation::Page(language) => {
                        let department = self.department_name(province, &breakdown).await?;
                        let place = pages::rows::Place { province, month, breakdown, department };
                        pages::rows::page(&place, slice, &rows, language)
                    }
                })
            }
            Resource::Ledger(province, month, cut, slice) => {
                let ledger = self.ledger(province, month, cut, slice).await?;
                Ok(match representation {
                    Representation::Json => api::ledger::json(province, month, cut.by, &ledger),
                    Representation::Csv => api::ledger::csv(province, month, &ledger),
                    Representation::Page(language) => {
                        let place = pages::ledger::Place { province, month, cut, slice };
                        pages::ledger::page(place, &ledger, language)
                    }
                })
            }
        }
    }

    async fn figures(&self, province: Province, month: Month) -> Result<Figures, Problem> {
        let (of_month, earlier, cases) = tokio::try_join!(
            self.store().served_month(province, month),
            self.store().late_bad_reviews(province, month),
            self.store().cases(province, month)
        )?;
        let of_month = of_month.ok_or_else(unknown_month)?;
        let figures = figures(month, &of_month, &earlier, cases.as_ref());
        Ok(figures.map_err(|error| Fault::Broken(error.into()))?)
    }

    async fn ledger(
        &self,
        province: Province,
        month: Month,
        cut: LedgerCut,
        slice: Slice,
    ) -> Result<Ledger, Problem> {
        let known = ledger::read::read(self.store(), province, month, &cut, slice).await?;
        Ledger::of(known).ok_or_else(unknown_month)
    }

    async fn rows(
        &self,
        province: Province,
        month: Month,
        breakdown: &Breakdown,
        slice: Slice,
    ) -> Result<Rows, Problem> {
        let rows = rows::read(self.store(), province, month, breakdown, slice).await?;
        // A month that has rows is known; of others it is asked.
        if rows.total_rows == 0 && !self.store().is_known(province, month).await? {
            return Err(unknown_month());
        }
        Ok(rows)
    }

    /// What the department is called to which the items are confined.
    async fn department_name(
        &self,
        province: Province,
        breakdown: &Breakdown,
    ) -> Result<Option<String>, Problem> {
        let Breakdown::Items { department: Some(department), .. } = breakdown else {
            return Ok(None);
        };
        let code = department.to_string();
        let mut names = rows::names(self.store(), province, "department", &[&code]).await?;
        Ok(names.remove(&code).map(|name| name.zh.into_owned()))
    }
}

fn unknown_month() -> Problem {
    let detail =
        "Nothing is known of this month. The province's list of months has those that are.";
    Problem::new(Kind::UnknownMonth, detail)
}
