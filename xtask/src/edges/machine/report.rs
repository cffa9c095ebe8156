//! What the collector says of a pass.

use serde_json::Value;

use super::site::Site;
use crate::shell::Result;

/// Its document.
pub(super) struct Report(Value);

/// Why something is left although more is to go. What rustc has just begun is within the grace.
const REASONS: [&str; 4] = ["in use", "pinned", "changed meanwhile", "within the grace"];
/// Why something is left that is newer than what is left for one of these.
const NEWER: &str = "newest";

/// One pass.
pub(super) fn collect(site: &Site) -> Result<Report> {
    let scale = site.scale;
    let mut gc = site.incrdir();
    gc.args(["gc", "--recursive", "--all", "--keep", "1", "--format", "json"]);
    gc.args(["--max-size", &format!("{}B", scale.max_bytes)]);
    gc.args(["--free", &format!("{}%..{}%", scale.free.0, scale.free.1)]);
    let ran = gc.arg(site.caches()).output()?;
    let said = String::from_utf8_lossy(&ran.stderr).trim().to_string();
    let document = serde_json::from_slice(&ran.stdout);
    let document = document.map_err(|error| format!("gc printed no document ({error}): {said}"))?;
    let report = Report(document);
    let has_news = report.number("over_bytes") > 0 || report.number("lacking_bytes") > 0;
    if !ran.status.success() || said.is_empty() == has_news {
        site.wrong.say(format!("gc ended with {}: {said}", ran.status));
    }
    Ok(report)
}

impl Report {
    pub(super) fn number(&self, field: &str) -> u64 {
        self.0[field].as_u64().unwrap_or_default()
    }

    /// Whether something went because of this option.
    pub(super) fn has_removed_by(&self, option: &str) -> bool {
        self.units().any(|unit| {
            let entries = unit["entries"].as_array().into_iter().flatten();
            entries.into_iter().any(|entry| entry["fate"] == "removed" && entry["rule"] == option)
        })
    }

    fn units(&self) -> impl Iterator<Item = &Value> {
        self.0["units"].as_array().into_iter().flatten()
    }

    /// A limit does not hold: then the report has to say by how much, and why of everything that is left.
    pub(super) fn must_say(&self, site: &Site, field: &str, seen: impl FnOnce() -> String) {
        if self.number(field) == 0 {
            site.wrong.say(format!("{}, and the report does not say so ({field})", seen()));
            return;
        }
        for unit in self.units() {
            let entries = || unit["entries"].as_array().into_iter().flatten();
            let left = entries().filter(|entry| entry["fate"] != "removed");
            let reason = |entry: &Value| entry["reason"].as_str().unwrap_or_default().to_string();
            let is_reason = |entry: &Value| REASONS.contains(&reason(entry).as_str());
            let has_reason = left.clone().any(is_reason);
            for entry in left.filter(|entry| !is_reason(entry)) {
                if reason(entry) != NEWER || !has_reason {
                    let name = &entry["name"];
                    site.wrong.say(format!("too much, but {name} is left: {}", reason(entry)));
                }
            }
        }
    }
}
