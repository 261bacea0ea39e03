use crate::v3::{EomInvoiceResponse, Invoice};

/// Converts an invoice that was requested by its id to the type in the list.
impl From<EomInvoiceResponse> for Invoice {
    fn from(invoice: EomInvoiceResponse) -> Self {
        Self {
            customer_id: invoice.customer_id,
            invoice_id: invoice.invoice_id,
            invoice_posted_on: invoice.invoice_posted_on,
            billing_start_date: invoice.billing_start_date,
            billing_end_date: invoice.billing_end_date,
            statement_number: invoice.statement_number,
            currency_code: invoice.currency_code,
            monthly_transaction_amount: invoice.monthly_transaction_amount,
            payment_status: invoice.payment_status,
            transaction_line_items: invoice.transaction_line_items,
        }
    }
}
