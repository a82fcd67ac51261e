//! The forms a list of customers comes and goes in.

/// A form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `application/json`: one object.
    Json,
    /// `application/x-ndjson`: an object a line.
    Ndjson,
    /// `text/csv`: a header and a row a customer (RFC 4180).
    Csv,
}

impl Media {
    /// All of them, the plainest first.
    pub const ALL: [Media; 3] = [Media::Json, Media::Ndjson, Media::Csv];

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Media::Json => "application/json",
            Media::Ndjson => "application/x-ndjson",
            Media::Csv => "text/csv",
        }
    }

    /// What the header `Content-Type` of an answer says.
    pub const fn content_type(self) -> &'static str {
        match self {
            Media::Csv => "text/csv; charset=utf-8; header=present",
            _ => self.name(),
        }
    }

    /// The form a body is said to have. Another charset than UTF-8 is another form where the
    /// form knows charsets; JSON knows none (RFC 8259), and a body in another is not JSON.
    ///
    /// # Example
    /// ```
    /// use edge_clv_worker::Media;
    ///
    /// assert_eq!(Media::of("Text/CSV; charset=UTF-8"), Some(Media::Csv));
    /// assert_eq!(Media::of("text/csv; charset=latin1"), None);
    /// ```
    pub fn of(content_type: &str) -> Option<Media> {
        let mut parts = content_type.split(';').map(str::trim);
        let name = parts.next()?;
        let media = match Media::ALL.into_iter().find(|m| m.name().eq_ignore_ascii_case(name)) {
            // Its older name.
            None if name.eq_ignore_ascii_case("application/ndjson") => Some(Media::Ndjson),
            media => media,
        }?;
        let utf_8 = parts.all(|part| match part.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
                let value = value.trim_matches('"');
                value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("us-ascii")
            }
            _ => true,
        });
        (media == Media::Json || utf_8).then_some(media)
    }

    /// The form of the answer that `Accept` asks for (RFC 9110, 12.5.1); `own`, that of the
    /// body, where it leaves the choice. `None` if it takes none of those there are.
    ///
    /// # Example
    /// ```
    /// use edge_clv_worker::Media;
    ///
    /// assert_eq!(Media::wanted("", Media::Csv, &Media::ALL), Some(Media::Csv));
    /// let both = "text/csv;q=0.5, application/json";
    /// assert_eq!(Media::wanted(both, Media::Csv, &Media::ALL), Some(Media::Json));
    /// assert_eq!(Media::wanted("image/png", Media::Csv, &Media::ALL), None);
    /// ```
    pub fn wanted(accept: &str, own: Media, there_are: &[Media]) -> Option<Media> {
        if accept.trim().is_empty() {
            return Some(own);
        }
        let mut best = (0, None);
        for &media in [own].iter().chain(there_are) {
            let weight = media.weight(accept);
            if weight > best.0 {
                best = (weight, Some(media));
            }
        }
        best.1
    }

    /// How much an `Accept` wants this form, in thousandths: by the most specific range that
    /// it falls in.
    fn weight(self, accept: &str) -> u32 {
        let (mut weight, mut matched) = (0, 0);
        for range in accept.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let (kind, _) = self.name().split_once('/').unwrap_or_default();
            let specific = match name.split_once('/') {
                Some(("*", "*")) => 1,
                Some((given, "*")) if given.eq_ignore_ascii_case(kind) => 2,
                Some(_) if Media::of(name) == Some(self) => 3,
                _ => continue,
            };
            let q = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
            let q = q.map_or(Some(1.0), |q| q.parse().ok()).unwrap_or(0.0);
            if specific > matched {
                matched = specific;
                weight = (1000.0 * f64::clamp(q, 0.0, 1.0)) as u32;
            }
        }
        weight
    }
}
