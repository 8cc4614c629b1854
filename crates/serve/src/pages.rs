use gongkai_wire::MESSAGE_BYTES_MAX;
use prost::Message;
use tonic::Status;

/// Fetches a page of at most `size` items, and a smaller one as long as the message would be too large. What is left
/// out comes with the next page.
///
/// # Errors
/// What `fetch` gives.
pub async fn page_within<Page, Fetching>(
    mut size: u32,
    fetch: impl Fn(u32) -> Fetching,
) -> Result<Page, Status>
where
    Page: Message,
    Fetching: Future<Output = Result<Page, Status>>,
{
    loop {
        let page = fetch(size).await?;
        if size <= 1 || page.encoded_len() <= MESSAGE_BYTES_MAX {
            return Ok(page);
        }
        size /= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongkai_wire::v1;

    #[tokio::test]
    async fn a_page_that_would_be_too_large_is_made_smaller() {
        let fetch = |size: u32| async move {
            let submission = v1::Submission { file_name: "x".repeat(300_000), ..Default::default() };
            let submissions = vec![submission; size as usize];
            Ok(v1::ListSubmissionsResponse { submissions, next_page_token: String::new() })
        };
        assert_eq!(page_within(100, fetch).await.unwrap().submissions.len(), 3);
        assert_eq!(page_within(2, fetch).await.unwrap().submissions.len(), 2);
    }
}
