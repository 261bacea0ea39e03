//! Requests, responses and values can be compared, collected, converted and stored.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use fastly_billing::{
    Id,
    v3::{GetInvoiceByInvoiceIdRequest, Invoice, MonthToDate, MtdInvoiceResponse},
};
use scaleway_billing::{
    BillingMonth, ErrorKind, Money, OpenEnum, Response,
    v2beta1::{
        DownloadInvoiceRequest, InvoiceType, ListChargesRequest, ListInvoicesRequest,
        ListInvoicesResponse,
    },
};

#[test]
fn date_setters_accept_a_month_or_an_instant() {
    let month: BillingMonth = "2026-05".parse().unwrap();
    let instant: DateTime<Utc> = "2026-06-01T00:00:00Z".parse().unwrap();
    let request = ListChargesRequest::new().start_date_after(month).end_date_before(month.end());
    assert_eq!(request.start_date_after, Some(month.start()));
    assert_eq!(request.end_date_before, Some(instant));
}

#[test]
fn methods_accept_every_kind_of_string() {
    let id = "1c00".to_owned();
    let expected = DownloadInvoiceRequest::from("1c00");
    assert_eq!(DownloadInvoiceRequest::from(&id), expected);
    assert_eq!(DownloadInvoiceRequest::from(id), expected);

    let (id, text) = (Id::from("INV-1"), "INV-1".to_owned());
    let expected = GetInvoiceByInvoiceIdRequest::from("INV-1");
    assert_eq!(GetInvoiceByInvoiceIdRequest::from(&id), expected);
    assert_eq!(GetInvoiceByInvoiceIdRequest::from(&text), expected);
    assert_eq!(GetInvoiceByInvoiceIdRequest::new(&id), expected);
}

#[test]
fn models_and_requests_can_be_keys() {
    let may = ListInvoicesRequest::new().page_size(1);
    let requests = HashSet::from([may.clone(), ListInvoicesRequest::new(), may]);
    assert_eq!(requests.len(), 2);
    let invoices = HashSet::from([Invoice::default().invoice_id("INV-1"), Invoice::default()]);
    assert!(invoices.contains(&Invoice::default().invoice_id("INV-1")));
    let money = scaleway_billing::v2beta1::Invoice::default().total_taxed(Money::zero("EUR"));
    assert!(HashSet::from([money.clone()]).contains(&money));
}

#[test]
fn open_enums_are_compared_with_strings_and_share_a_trait() {
    fn words<E: OpenEnum>() -> Vec<&'static str> {
        E::VALUES.iter().map(OpenEnum::as_str).collect()
    }
    assert!(words::<InvoiceType>().contains(&"periodic"));
    assert!(InvoiceType::Periodic == "periodic" && InvoiceType::Periodic == *"periodic");
    let new = InvoiceType::from(&"new".to_owned());
    assert!(new == "new" && !new.is_listed() && InvoiceType::Periodic.is_listed());
}

#[test]
fn responses_are_stored_without_their_envelope() {
    let invoice = scaleway_billing::v2beta1::Invoice::default().id("1c00").number(7);
    let list = ListInvoicesResponse::default().total_count(1).invoices([invoice]);
    let json = serde_json::to_string(&Response::new(list.clone())).unwrap();
    assert_eq!(json, serde_json::to_string(&list).unwrap());
    assert_eq!(
        scaleway_billing::from_slice::<ListInvoicesResponse>(json.as_bytes()).unwrap(),
        list
    );

    let bill = MtdInvoiceResponse::default().customer_id("c");
    let json = serde_json::to_string(&Response::new(MonthToDate::Ready(bill.clone()))).unwrap();
    assert!(json.starts_with(r#"{"ready":{"#), "{json}");
    let again: MonthToDate<MtdInvoiceResponse> = serde_json::from_str(&json).unwrap();
    assert_eq!(again, MonthToDate::Ready(bill));
}

#[test]
fn error_kinds_implement_display() {
    assert_eq!(ErrorKind::Timeout.to_string(), "timeout");
    assert_eq!(format!("[{:>16}]", ErrorKind::InvalidRequest), "[ invalid request]");
}
