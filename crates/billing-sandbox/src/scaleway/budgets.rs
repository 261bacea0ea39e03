//! Budgets, their alerts, and the recipients.

use serde_json::{Value, json};

use super::account::ORGANIZATION_ID;
use super::state::{Record, Recorded};

/// The maximum number of alerts of a budget.
pub(crate) const MAX_ALERTS: usize = 10;

#[derive(Debug)]
pub(crate) struct Budget {
    pub(crate) record: Record,
    pub(crate) consumption_limit: u32,
    pub(crate) enabled: bool,
    pub(crate) alerts: Vec<Alert>,
}

#[derive(Debug)]
pub(crate) struct Alert {
    pub(crate) record: Record,
    pub(crate) threshold: u32,
    pub(crate) notifications: Vec<Notification>,
}

#[derive(Debug)]
pub(crate) struct Notification {
    pub(crate) record: Record,
    pub(crate) recipients: Recipients,
}

/// The recipients and the channel.
#[derive(Debug)]
pub(crate) struct Recipients {
    pub(crate) kind: &'static str,
    pub(crate) list: Vec<String>,
}

impl Recorded for Budget {
    const RESOURCE: &'static str = "Budget";

    fn record(&self) -> &Record {
        &self.record
    }
}

impl Recorded for Alert {
    const RESOURCE: &'static str = "BudgetAlert";

    fn record(&self) -> &Record {
        &self.record
    }
}

impl Recorded for Notification {
    const RESOURCE: &'static str = "BudgetAlertNotification";

    fn record(&self) -> &Record {
        &self.record
    }
}

impl Budget {
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.record.id,
            "created_at": self.record.created_json(),
            "updated_at": self.record.updated_json(),
            "organization_id": ORGANIZATION_ID,
            "enabled": self.enabled,
            // The currency is empty.
            "consumption_limit": {
                "currency_code": "",
                "units": self.consumption_limit,
                "nanos": 0,
            },
            "alerts": self.alerts.iter().map(Alert::json).collect::<Vec<_>>(),
        })
    }
}

impl Alert {
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.record.id,
            "created_at": self.record.created_json(),
            "updated_at": self.record.updated_json(),
            "threshold": self.threshold,
            "notifications": self.notifications.iter().map(Notification::json).collect::<Vec<_>>(),
        })
    }
}

impl Notification {
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.record.id,
            "created_at": self.record.created_json(),
            "updated_at": self.record.updated_json(),
            "type": self.recipients.kind,
            "recipients": self.recipients.list,
        })
    }
}
