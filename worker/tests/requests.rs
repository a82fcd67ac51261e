//! The answers without the runtime: what only a model of one's own brings about, that it does
//! not matter where a body is cut, and that no bytes make it panic. The rest is tested over
//! HTTP in the real runtime.

mod host;

use edge_clv::Model;
use edge_clv_worker::{
    Body, Credentials, Endpoint, Head, LINE_LIMIT, Media, Models, Options, Settings, Step, Table,
    counted, open,
};
use host::{Ask, KEY, settings, text};

const JSON: &str = "application/json";

#[test]
fn a_residual_value_without_discounting_breaks_a_rule() {
    let mut file = Model::baked().file().clone();
    file.annual_discount_rate = 0.0;
    let mut models = Models::new(Model::try_from(file).unwrap());
    let single: &[u8] = br#"{"frequency": 0, "recency": 0, "T": 9, "residual": true}"#;
    let many: &[u8] = br#"{"customers": [], "residual": true}"#;
    let table: &[u8] = b"frequency,recency,T\n";
    for (path, content_type, body) in [
        ("/predict", JSON, single),
        ("/predict/batch", JSON, many),
        ("/predict/batch?residual=true", "text/csv", table),
        ("/cohorts?residual=true", "application/x-ndjson", b""),
    ] {
        let ask = Ask { method: "POST", path, content_type, key: KEY, body, ..Ask::default() };
        let answer = ask.answered_by(&mut models, &settings());
        let error =
            r#""errors":[{"pointer":"/residual","rule":"annual_discount_rate > 0","detail":"#;
        assert_eq!(answer.status, 422);
        assert!(text(&answer).contains(error), "{}", text(&answer));
    }
}

#[test]
fn bodies_that_were_not_read_to_their_end() {
    let model = Model::baked();
    for (body, status) in [(Body::TooLarge, 413), (Body::BrokenOff, 400)] {
        let single = edge_clv_worker::predict(&model, body).unwrap_err();
        let many = edge_clv_worker::customers(&model, Endpoint::Batch, "", body, Media::Json);
        assert_eq!(single.kind().0, status);
        assert_eq!(many.unwrap_err().kind().0, status);
    }
}

#[test]
fn what_is_longer_than_it_may_be_is_refused_whoever_read_it() {
    let model = Model::baked();
    let long = vec![b' '; 5 << 20];
    let single = edge_clv_worker::predict(&model, Body::of(&long)).unwrap_err();
    let many =
        edge_clv_worker::customers(&model, Endpoint::Batch, "", Body::of(&long), Media::Json);
    assert_eq!((single.kind().0, many.unwrap_err().kind().0), (413, 413));
}

#[test]
fn one_byte_order_mark_is_no_part_of_a_body() {
    let body = "\u{feff}{\"frequency\": 5, \"recency\": 200, \"T\": 300}";
    for (body, status) in [(body.to_owned(), 200), (format!("\u{feff}{body}"), 400)] {
        let (method, path, body) = ("POST", "/predict", body.as_bytes());
        let ask = Ask { method, path, content_type: JSON, body, ..Ask::default() };
        assert_eq!(ask.answered().status, status);
    }
}

/// Every object of a batch is, to the byte, the answer to its customer alone.
#[test]
fn an_answer_among_many_is_that_of_the_contract() {
    let model = Model::baked();
    let customer = r#"{"id":"a\"b","frequency":5,"recency":200,"T":300,"monetary_value":45.5}"#;
    for (query, asked) in [
        ("", r#"{"#),
        ("residual=true", r#"{"residual":true,"#),
        ("horizons=7,30.5&residual=true", r#"{"horizons":[7,30.5],"residual":true,"#),
    ] {
        let alone = customer.replacen(r#"{"id":"a\"b","#, asked, 1);
        let alone = edge_clv_worker::predict(&model, Body::of(alone.as_bytes())).unwrap();
        let expected = text(&alone).replacen('{', r#"{"id":"a\"b","#, 1);
        let options = Options::of_query(query, Endpoint::Batch, &model).unwrap();
        let mut table = Table::new(&model, options, Media::Ndjson, Media::Ndjson);
        let mut out = table.push(customer.as_bytes()).unwrap();
        out.append(&mut table.finish().unwrap());
        assert_eq!(std::str::from_utf8(&out).unwrap(), format!("{expected}\n"));

        let body = format!(r#"{{"customers":[{customer}]}}"#);
        let body = Body::of(body.as_bytes());
        let many =
            edge_clv_worker::customers(&model, Endpoint::Batch, query, body, Media::Json).unwrap();
        let name = edge_clv::json::to_string(&model.name());
        let without = expected.replacen(&format!(",\"model\":{name}"), "", 1);
        let rest = format!("],\"scored\":1,\"refused\":0,\"model\":{name}}}");
        assert_eq!(text(&many), format!("{{\"customers\":[{without}{rest}"));
    }
}

#[test]
fn half_a_character_in_each_of_two_cells_is_told() {
    let model = Model::baked();
    for (endpoint, body) in [
        (Endpoint::Batch, &b"id,monetary_value,frequency,recency,T\n\xc3,\xa9,5,200,300\n"[..]),
        (Endpoint::Batch, b"id,monetary_value,frequency,recency,T\n\xff,,5,200,300\n"),
        (Endpoint::Cohorts, b"cohort,id,frequency,recency,T\n\xc3,\xa9,5,200,300\n"),
    ] {
        let options = Options::of_query("", endpoint, &model).unwrap();
        let mut table = Table::new(&model, options, Media::Csv, Media::Ndjson);
        let mut out = table.push(body).unwrap();
        out.append(&mut table.finish().unwrap());
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains(r#""rule":"is UTF-8""#), "{out}");
    }
    let options = Options::of_query("", Endpoint::Batch, &model).unwrap();
    let mut table = Table::new(&model, options, Media::Csv, Media::Ndjson);
    let problem = table.push(b"\xc3,\xa9,frequency,recency,T\n").unwrap_err();
    assert!(text(&problem.response()).contains("is UTF-8"));
}

#[test]
fn the_name_of_a_cohort_has_an_end() {
    let model = Model::baked();
    for (length, refused) in [(256, 0), (257, 1)] {
        let options = Options::of_query("", Endpoint::Cohorts, &model).unwrap();
        let mut table = Table::new(&model, options, Media::Ndjson, Media::Json);
        let name = "x".repeat(length);
        let line = format!(r#"{{"cohort":"{name}","frequency":5,"recency":200,"T":300}}"#);
        table.push(line.as_bytes()).unwrap();
        let out = table.finish().unwrap();
        let got: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(got["refused"], refused);
        if refused == 1 {
            let error = &got["errors"][0]["errors"][0];
            assert_eq!(error["pointer"], "/cohort");
            assert_eq!(error["rule"], "length of a cohort's name <= 256");
        }
    }
}

#[test]
fn requests_are_counted_by_known_key_or_else_by_network() {
    let by = |api_key, address| {
        counted(&Credentials { api_key, address, ..Credentials::default() }, &settings())
    };
    let home = by("", "192.0.2.1");
    assert_ne!(home, by("", "192.0.2.2"));
    // A known key is its own, wherever it is used from; an unknown one is nobody's.
    assert_eq!(by(KEY, "192.0.2.1"), by(KEY, "192.0.2.2"));
    assert_ne!(by(KEY, "192.0.2.1"), home);
    assert_eq!(by("a guess", "192.0.2.1"), home);
    assert_eq!(by("another guess", "192.0.2.1"), home);
    assert!(!by(KEY, "").contains(KEY));
    // Whoever has one address of IPv6 has all of its network's.
    let network = by("", "2001:db8:0:1::1");
    assert_eq!(network, by("", "2001:DB8:0:1:ffff:ffff:ffff:ffff"));
    assert_ne!(network, by("", "2001:db8:0:2::1"));
    assert_ne!(by("", "::ffff:192.0.2.1"), by("", "::ffff:192.0.2.2"));
}

#[test]
fn a_guess_at_a_key_is_counted() {
    let asked = |api_key| {
        let text = "POST\nhttps://clv.example/predict/batch\napplication/json\n2\n\n";
        let credentials = Credentials { api_key, ..Credentials::default() };
        open(&Head::read(text), || credentials, &settings()).1
    };
    assert!(matches!(asked("a guess"), Step::Counted(response) if response.status == 401));
    assert!(matches!(asked(""), Step::Answer(response) if response.status == 401));
    assert!(matches!(asked(KEY), Step::Do(_)));
}

#[test]
fn a_key_that_is_none_is_told() {
    // printf %s dev-key | sha256sum
    let digest = "7e9f8fd111802be56c379d597842e29b2cebd35ff2133d431a49fa556a18704e";
    let ask = Ask { method: "GET", path: "/healthz", ..Ask::default() };
    for (keys, status) in [("", "ok"), (digest, "ok"), (&digest[1..], "degraded")] {
        let settings = Settings::read(keys, "", "");
        let answer = ask.answered_by(&mut Models::new(Model::baked()), &settings);
        let got: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(got["status"], status, "{keys}");
        if status != "ok" {
            assert_eq!(got["faults"][0]["key"], "API_KEYS");
            assert!(!text(&answer).contains(keys));
        }
    }
}

#[test]
fn an_origin_that_is_none_lets_no_page_in_and_is_told() {
    let asked = |word: &str, path, method, origin| {
        let listed = format!("https://first.example, {word}\nhttps://last.example");
        let content_type = JSON;
        let body =
            if method == "POST" { &br#"{"frequency":5,"recency":200,"T":300}"#[..] } else { b"" };
        let ask = Ask { method, path, origin, content_type, body, ..Ask::default() };
        ask.answered_by(&mut Models::new(Model::baked()), &Settings::read("", &listed, ""))
    };
    let one_is_none = [
        "https://shop.example/",
        "https://shop.example/cart",
        "https://shop.example?x",
        "https://Shop.example",
        "https://bücher.example",
        "https://*.shop.example",
        "https://shop.example:443",
        "http://shop.example:80",
        "http://shop.example:080",
        "http://shop.example:+81",
        "http://shop.example:65536",
        "http://shop.example:",
        "http://me@shop.example",
        "http://[::1",
        "http://[::G]",
        "http://[2001:DB8::1]",
        "http://",
        "://shop.example",
        "shop.example",
        "https:shop.example",
        "null",
    ];
    let right = [
        "",
        "*",
        "https://shop.example",
        "https://xn--bcher-kva.example",
        "http://shop.example:443",
        "http://localhost:8787",
        "http://127.0.0.1:81",
        "http://[::1]",
        "http://[2001:db8::1]:8787",
        "chrome-extension://abcdefghijklmnop",
        "capacitor://localhost",
    ];
    let words = one_is_none.map(|word| (word, true)).into_iter();
    for (word, misread) in words.chain(right.map(|word| (word, false))) {
        let health = asked(word, "/healthz", "GET", "");
        let got: serde_json::Value = serde_json::from_slice(&health.body).unwrap();
        assert_eq!(got["status"], if misread { "degraded" } else { "ok" }, "{word}");
        if misread {
            assert_eq!(got["faults"][0]["key"], "ALLOWED_ORIGINS", "{word}");
            assert_eq!(got["faults"].as_array().unwrap().len(), 1, "{word}");
        }
        let lets_in = |origin| asked(word, "/predict", "POST", origin).status == 200;
        assert_eq!(lets_in(word), !misread, "{word}");
        assert!(lets_in("https://first.example") && lets_in("https://last.example"), "{word}");
        assert_eq!(lets_in("https://evil.example"), word == "*", "{word}");
    }
}

/// A body in the forms that stream, with everything in it that a cut could fall into.
fn bodies() -> [(Media, Vec<u8>); 2] {
    let long = "9".repeat(LINE_LIMIT);
    let lines = format!(
        "\u{feff}{{\"id\": \"é\", \"frequency\": 5, \"recency\": 200.5, \"T\": 300}}\r\n\n  \n\
         {{\"id\": {long}}}\n{{\"frequency\": 0, \"recency\": 0, \"T\": 3, \"cohort\": \"a\"}}\nx"
    );
    let table = format!(
        "\u{feff}id, frequency ,recency,T,monetary_value\r\n\"a \"\"é\"\"\r\nb\",5,200,300,45.5\n\n\
         {long},1,2,3,4\nshort,1\n,0,0,3,\n\"open"
    );
    [(Media::Ndjson, lines.into()), (Media::Csv, table.into())]
}

fn through(pieces: &[&[u8]], read: Media, written: Media) -> String {
    let model = Model::baked();
    let options = Options::of_query("horizons=30", Endpoint::Batch, &model).unwrap();
    let mut table = Table::new(&model, options, read, written);
    let mut out = Vec::new();
    for piece in pieces {
        out.append(&mut table.push(piece).unwrap());
    }
    out.append(&mut table.finish().unwrap());
    assert_eq!(table.finish().unwrap(), b"", "there is one end");
    String::from_utf8(out).unwrap()
}

#[test]
fn it_does_not_matter_where_a_body_is_cut() {
    for (read, body) in bodies() {
        for written in Media::ALL {
            let whole = through(&[&body], read, written);
            let rows = whole.matches("cdnow").count();
            assert!(rows >= 1, "{whole}");
            for cut in (0..200).chain(body.len() - 100..body.len()) {
                let (first, second) = body.split_at(cut);
                assert_eq!(through(&[first, second], read, written), whole, "cut at {cut}");
            }
            let bytes: Vec<&[u8]> = body.chunks(1).collect();
            assert_eq!(through(&bytes, read, written), whole);
        }
    }
}

/// An answer that has begun cannot become a problem, and must not look as if it were whole.
#[test]
fn a_body_that_breaks_off_is_told_in_the_last_row() {
    let model = Model::baked();
    let lines =
        b"{\"frequency\":5,\"recency\":200,\"T\":300}\n{\"frequency\":5,\"recency\":200,\"T\":3";
    let table = b"frequency,recency,T\n5,200,300\n5,200,30";
    for (read, body) in [(Media::Ndjson, &lines[..]), (Media::Csv, table)] {
        for written in Media::ALL {
            let options = Options::of_query("", Endpoint::Batch, &model).unwrap();
            let mut table = Table::new(&model, options, read, written);
            let mut out = table.push(body).unwrap();
            out.append(&mut table.break_off().unwrap());
            assert_eq!(table.break_off().unwrap(), b"", "there is one end");
            let out = String::from_utf8(out).unwrap();
            assert_eq!(out.matches("0.5512901199098105").count(), 1, "{out}");
            assert!(out.contains("body is read to its end"), "{out}");
            if written == Media::Json {
                let got: serde_json::Value = serde_json::from_str(&out).unwrap();
                assert_eq!((&got["scored"], &got["refused"]), (&1.into(), &1.into()));
            }
        }
        // What has not begun becomes one.
        let options = Options::of_query("", Endpoint::Cohorts, &model).unwrap();
        let mut table = Table::new(&model, options, read, Media::Json);
        assert_eq!(table.break_off().unwrap_err().kind().1, "body-not-read");
    }
}

/// Of lines there is no header to wait for: an answer may begin before anything has come.
#[test]
fn a_body_of_lines_that_breaks_off_before_its_first_byte_has_a_whole_answer() {
    let model = Model::baked();
    for written in Media::ALL {
        let options = Options::of_query("", Endpoint::Batch, &model).unwrap();
        let mut table = Table::new(&model, options, Media::Ndjson, written);
        assert!(table.is_ready());
        let out = String::from_utf8(table.break_off().unwrap()).unwrap();
        assert_eq!(out.matches("body is read to its end").count(), 1, "{out}");
        if written == Media::Csv {
            assert_eq!(out.lines().count(), 2, "{out}");
            assert!(out.starts_with("row,id,"), "{out}");
        } else {
            let got: serde_json::Value = serde_json::from_str(&out).unwrap();
            let row = if written == Media::Json { &got["customers"][0] } else { &got };
            assert_eq!(row["row"], 1, "{out}");
        }
    }
}

#[test]
fn every_row_is_answered_or_told() {
    let [(_, lines), (_, table)] = bodies();
    let got = through(&[&lines], Media::Ndjson, Media::Ndjson);
    let rules = ["\"id\":\"é\"", "length of a line", "is a known key", "is JSON"];
    assert_eq!(got.lines().count(), rules.len(), "{got}");
    for (line, rule) in got.lines().zip(rules) {
        assert!(line.contains(rule), "{line}");
    }
    let got = through(&[&table], Media::Csv, Media::Ndjson);
    let rules = [
        r#""id":"a \"é\"\r\nb""#,
        "length of a line",
        "cells = columns",
        "\"probability_alive\":1",
        "cells = columns",
    ];
    assert_eq!(got.lines().count(), rules.len(), "{got}");
    for (line, rule) in got.lines().zip(rules) {
        assert!(line.contains(rule), "{line}");
    }
}

/// The words have to be true of a line and of what stands in a list.
#[test]
fn half_a_character_in_a_key_is_told_in_every_form() {
    let customer = r#"{"frequency":5,"recency":200,"T":300,"\ud800":1}"#;
    let list = format!("{{\"customers\":[{customer}]}}");
    for (content_type, body) in [(JSON, &list[..]), ("application/x-ndjson", customer)] {
        let (method, path, body) = ("POST", "/predict/batch", body.as_bytes());
        let ask = Ask { method, path, content_type, key: KEY, body, ..Ask::default() };
        let answer = ask.answered();
        let error =
            r#"{"row":1,"errors":[{"pointer":"","rule":"is JSON","detail":"a customer must "#;
        assert!(text(&answer).contains(error), "{}", text(&answer));
    }
}

#[test]
fn a_header_says_all_that_is_wrong_with_it() {
    let model = Model::baked();
    let many = vec!["id"; 100].join(",");
    for (header, rules) in [
        ("T,recency,T,t", "/T is given once; /t is a known key; /frequency is given"),
        ("", "/frequency is given; /recency is given; /T is given"),
        (&many, " number of columns <= 64"),
        ("id,customer,frequency,recency,T", "/customer is given once"),
    ] {
        let options = Options::of_query("", Endpoint::Batch, &model).unwrap();
        let mut table = Table::new(&model, options, Media::Csv, Media::Csv);
        let pushed = table.push(format!("{header}\n").as_bytes());
        let problem = pushed.and_then(|_| table.finish()).unwrap_err();
        let edge_clv_worker::Problem::BrokenRules(errors) = problem else { panic!("{problem:?}") };
        let mut got: Vec<_> =
            errors.iter().map(|error| format!("{} {}", error.pointer, error.rule)).collect();
        let mut expected: Vec<_> = rules.split("; ").collect();
        got.sort();
        expected.sort_unstable();
        assert_eq!(got, expected, "{header}");
    }
}

#[test]
fn a_limit_says_how_long_its_window_is() {
    for (policy, window) in [("\"r\";q=600;w=10", 10), ("\"r\";q=1; w=60", 60), ("", 60)] {
        assert_eq!(Settings::read("", "", policy).window(), window);
    }
}

/// Bodies that resemble one that is right, some of its bytes replaced by pieces that mean
/// something to JSON, to CSV or to the rules.
#[test]
fn no_body_makes_it_panic() {
    let single: &[u8] = br#"{"frequency": 5.0, "recency": 200.0, "T": 300.0, "monetary_value": 45.50, "horizons": [30, 90.5, 3650], "residual": false}"#;
    let many: &[u8] = br#"{"customers": [{"id": "a", "cohort": 7, "frequency": 5.0, "recency": 200.0, "T": 300.0}, {"cohort": "b", "frequency": 0, "recency": 0, "T": 3}], "horizons": [30]}"#;
    let line: &[u8] = b"{\"id\": \"a\", \"cohort\": 7, \"frequency\": 5.0, \"recency\": 200.0, \"T\": 300.0}\n{\"frequency\": 0}\n";
    let table: &[u8] =
        b"id,cohort,frequency,recency,T,monetary_value\na,b,5,200,300,45.5\n\"c\",d,0,0,3,\n";
    let pieces: [&[u8]; 24] = [
        b"",
        b"\"",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"-",
        b"1e400",
        b"1e-400",
        b"-0.0",
        b"null",
        b"\\ud800",
        b"\\u0000",
        b"\xff",
        b"\xf0\x9f",
        b"9999999999999999999",
        b"\"T\"",
        b" ",
        b"\n",
        b"\r\n",
        b"nan",
        b"5e-324",
    ];
    let mut state = 1u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for round in 0..6_000 {
        let (path, content_type, valid) = match round % 6 {
            0 => ("/predict", JSON, single),
            1 => ("/predict/batch", JSON, many),
            2 => ("/cohorts", JSON, many),
            3 => ("/predict/batch?residual=true", "application/x-ndjson", line),
            4 => ("/predict/batch", "text/csv", table),
            _ => ("/cohorts?ratio=2&horizon=30", "text/csv", table),
        };
        let mut body = valid.to_vec();
        for _ in 0..1 + random(3) {
            let start = random(body.len() + 1);
            let end = (start + random(12)).min(body.len());
            body.splice(start..end, pieces[random(pieces.len())].iter().copied());
        }
        let accept = ["", "text/csv", JSON, "application/x-ndjson"][random(4)];
        let ask = Ask {
            method: "POST",
            path,
            content_type,
            accept,
            key: KEY,
            body: &body,
            ..Ask::default()
        };
        let answer = ask.answered();
        assert!(matches!(answer.status, 200 | 400 | 406 | 422), "{}", text(&answer));
        assert!(std::str::from_utf8(&answer.body).is_ok());
        let form = answer.header("content-type").unwrap();
        if form.ends_with("json") && !form.contains("ndjson") {
            serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap();
        }
    }
}
