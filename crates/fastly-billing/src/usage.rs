use std::{collections::BTreeMap, fmt};

use http::Method;
use sdk_core::{
    BillingMonth, Error, Idempotency, Operation, Page, Pager, TokenPage,
    json::{As, DeserializeAs as _, DeserializeAsWrap, Literal, Object, OneOrMany, read_item},
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, MapAccess, SeqAccess, Visitor, value::SeqAccessDeserializer},
};

use crate::v3::{
    BillingUsageMetricsApi, GetUsageMetricsRequest, Metadata, ServiceusagemetricsData, Usagemetric,
};

/// Usage by product and usage type.
///
/// Fastly documents a single [`Usagemetric`] but sends a list of them under `data` (observed,
/// undocumented). Both forms decode as a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Usagemetrics {
    /// The rows: one for each month, product and usage type.
    pub data: Vec<Usagemetric>,
}

impl Usagemetrics {
    /// The rows: one for each month, product and usage type.
    #[must_use]
    pub fn data(mut self, data: impl IntoIterator<Item = Usagemetric>) -> Self {
        self.data = data.into_iter().collect();
        self
    }
}

impl<'de> Deserialize<'de> for Usagemetrics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UsagemetricsVisitor)
    }
}

struct UsagemetricsVisitor;

impl<'de> Visitor<'de> for UsagemetricsVisitor {
    type Value = Usagemetrics;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Usagemetrics, A::Error> {
        let data = OneOrMany::deserialize_as(SeqAccessDeserializer::new(list))?;
        Ok(Usagemetrics { data })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Usagemetrics, A::Error> {
        let (mut data, mut fields) = (None, BTreeMap::<String, Literal<'de>>::new());
        while let Some(key) = map.next_key::<String>()? {
            if key == "data" {
                data = Some(map.next_value::<DeserializeAsWrap<_, OneOrMany>>()?.into_inner());
            } else {
                fields.insert(key, map.next_value()?);
            }
        }
        let data = match data {
            Some(data) => data,
            None if fields.is_empty() => Vec::new(),
            // One row, without an envelope.
            None => vec![read_item(&serde_json::to_string(&fields).map_err(A::Error::custom)?)?],
        };
        Ok(Usagemetrics { data })
    }
}

/// Usage by service: one page of blocks, each for one usage type.
///
/// Fastly documents a single block under `data`, with the pagination metadata inside, but sends a
/// list of blocks (observed, undocumented). Both forms decode as a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Serviceusagemetrics {
    /// The blocks of this page.
    #[serde(with = "As::<OneOrMany>")]
    pub data: Vec<ServiceusagemetricsData>,
    /// Pagination metadata beside the blocks; see also [`next_cursor`](Self::next_cursor).
    #[serde(with = "As::<Object>", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Metadata>,
}

impl Serviceusagemetrics {
    /// The blocks of this page.
    #[must_use]
    pub fn data(mut self, data: impl IntoIterator<Item = ServiceusagemetricsData>) -> Self {
        self.data = data.into_iter().collect();
        self
    }

    /// Returns the pagination metadata beside the blocks.
    #[must_use]
    pub fn meta(mut self, meta: Metadata) -> Self {
        self.meta = Some(meta);
        self
    }

    /// Returns the cursor of the next page, from a block or from the metadata beside the blocks;
    /// `None` on the last page.
    #[must_use]
    pub fn next_cursor(&self) -> Option<&str> {
        let blocks = self.data.iter().map(|block| block.meta.as_ref());
        blocks
            .chain([self.meta.as_ref()])
            .flatten()
            .map(|meta| meta.next_cursor.as_str())
            .find(|cursor| !cursor.is_empty())
    }
}

impl Page for Serviceusagemetrics {
    type Item = ServiceusagemetricsData;

    const ITEMS_PATH: &'static [&'static str] = &["data"];

    fn items_mut(&mut self) -> &mut Vec<ServiceusagemetricsData> {
        &mut self.data
    }
}

impl TokenPage for Serviceusagemetrics {
    fn next_page_token(&self) -> Option<&str> {
        self.next_cursor()
    }

    fn total_count(&self) -> Option<u64> {
        let blocks = self.data.iter().map(|block| block.meta.as_ref());
        blocks.chain([self.meta.as_ref()]).flatten().filter_map(|meta| meta.total).max()
    }

    /// Fastly does not document whether the total counts blocks or their rows. This counts the
    /// rows, so that a complete list is never reported as incomplete.
    fn counted(&self) -> Option<usize> {
        Some(self.data.iter().map(|block| block.details.len().max(1)).sum())
    }
}

/// Usage of up to three months: the result of one request of a longer range.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct UsageWindow {
    /// The first requested month.
    pub start_month: BillingMonth,
    /// The last requested month.
    pub end_month: BillingMonth,
    /// The rows, in Fastly's order.
    pub data: Vec<Usagemetric>,
    /// The first month of the next window, as a string.
    next: Option<String>,
}

impl Page for UsageWindow {
    type Item = Usagemetric;

    const ITEMS_PATH: &'static [&'static str] = &["data"];

    fn items_mut(&mut self) -> &mut Vec<Usagemetric> {
        &mut self.data
    }
}

impl TokenPage for UsageWindow {
    fn next_page_token(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

/// The operation that appears in errors and cursors of
/// [`BillingUsageMetricsApi::get_usage_metrics_all`].
static GET_USAGE_METRICS: Operation = Operation::http(
    "get_usage_metrics",
    Method::GET,
    "/billing/v3/usage-metrics",
    Idempotency::Safe,
);

impl BillingUsageMetricsApi {
    /// Gets the usage of any number of months.
    ///
    /// Calls [`get_usage_metrics`](Self::get_usage_metrics) for three months at a time, which is
    /// the most that Fastly allows, as the rows are consumed. The rows come in the order of these
    /// calls. If `start_month` is after `end_month`, the first item is an error and nothing is
    /// sent.
    ///
    /// # Example
    ///
    /// ```no_run
    /// use fastly_billing::{
    ///     BillingMonth, Client,
    ///     v3::{BillingUsageMetricsApi, GetUsageMetricsRequest},
    /// };
    ///
    /// # async fn example() -> Result<(), fastly_billing::Error> {
    /// let usage = BillingUsageMetricsApi::new(&Client::from_env()?);
    /// let year = GetUsageMetricsRequest::new("2025-01".parse()?, "2025-12".parse()?);
    /// let mut rows = usage.get_usage_metrics_all(year);
    /// while let Some(row) = rows.try_next().await? {
    ///     println!("{:?} {} {:?} {}", row.month, row.name, row.quantity, row.unit);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_usage_metrics_all(&self, request: GetUsageMetricsRequest) -> Pager<UsageWindow> {
        let api = self.clone();
        let whole = request.clone();
        let pager = Pager::by_token(None, move |next| {
            let api = api.clone();
            let mut request = request.clone();
            async move {
                let last = request.end_month;
                if let Some(next) = next {
                    request.start_month = next.parse()?;
                }
                let start_month = request.start_month;
                if start_month > last {
                    return Err(Error::invalid_request(format!(
                        "`start_month` ({start_month}) is after `end_month` ({last}): swap them"
                    )));
                }
                let end_month = start_month.next().next().min(last);
                request.end_month = end_month;
                let next = (end_month < last).then(|| end_month.next().to_string());
                let answer = api.get_usage_metrics(request).await?;
                Ok(answer.map(|Usagemetrics { data }| UsageWindow {
                    start_month,
                    end_month,
                    data,
                    next,
                }))
            }
        });
        pager.for_request(&GET_USAGE_METRICS, &whole)
    }
}
