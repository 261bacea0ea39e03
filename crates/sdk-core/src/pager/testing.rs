//! Pagers for tests.

use std::future::ready;

use super::{Page, PageId, Pager};
use crate::{BoxFuture, Error, Response};

#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
impl<P: Page + Default + Clone + Sync> Pager<P> {
    /// Creates a pager over these items for tests. It makes no calls.
    ///
    /// Requires the feature `testing`.
    pub fn from_items(items: impl IntoIterator<Item = P::Item>) -> Self {
        Self::given(items, None)
    }

    /// Creates a pager that yields these items and then fails with this error, for tests.
    ///
    /// Requires the feature `testing`.
    pub fn from_items_then_error(items: impl IntoIterator<Item = P::Item>, error: Error) -> Self {
        Self::given(items, Some(error))
    }

    fn given(items: impl IntoIterator<Item = P::Item>, error: Option<Error>) -> Self {
        let mut page = P::default();
        page.items_mut().extend(items);
        let last = error.is_none();
        let fetch = move |id: &PageId| -> BoxFuture<'static, _> {
            Box::pin(ready(match (id, &error) {
                (PageId::Token(Some(_)), Some(error)) => Err(error.clone()),
                _ => Ok(Response::new(page.clone())),
            }))
        };
        let first = PageId::Token(None);
        if last {
            Self::new(Box::new(fetch), |_| (None, None, None), first)
        } else {
            Self::new(Box::new(fetch), |_| (None, None, Some("the error")), first)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, ErrorKind, NumberedPage, Page, Pager};

    #[derive(Clone, Default)]
    struct Numbers(Vec<u8>);

    impl Page for Numbers {
        type Item = u8;

        fn items_mut(&mut self) -> &mut Vec<u8> {
            &mut self.0
        }
    }

    impl NumberedPage for Numbers {
        fn total_count(&self) -> u64 {
            0
        }
    }

    #[tokio::test]
    async fn the_given_items_come_and_then_the_error() {
        let none = Pager::<Numbers>::from_items([]).try_collect().await.unwrap();
        assert!(none.is_empty());
        let mut pager = Pager::<Numbers>::from_items([1, 2]);
        assert_eq!(pager.try_next().await.unwrap(), Some(1));
        assert_eq!(pager.try_next().await.unwrap(), Some(2));
        assert_eq!(pager.try_next().await.unwrap(), None);

        let error = Error::new(ErrorKind::Timeout, "too late");
        let mut pager = Pager::<Numbers>::from_items_then_error([1], error);
        assert_eq!(pager.try_next().await.unwrap(), Some(1));
        assert!(pager.try_next().await.unwrap_err().is_timeout());
        assert!(pager.next().await.is_none());
    }
}
