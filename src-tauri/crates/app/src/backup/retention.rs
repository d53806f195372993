//! Which backups stay, and for how long.

use std::path::Path;

use super::ENDING;
use crate::error::Result;

/// Backups that stay of those made without being asked for: the newest of so many days, weeks and months.
const KEPT: [(usize, &str); 3] = [(7, "%Y-%m-%d"), (4, "%G-%V"), (12, "%Y-%m")];
/// Backups that stay of those made before something great: the newest of each kind.
const BEFORE: [&str; 2] = ["purser-before-update-", "purser-before-renewal-"];
const BEFORE_KEPT: usize = 3;

/// Removes old backups of a folder, and what killed ones left; the one just made stays.
pub(super) fn thin_out(folder: &Path, newest: &Path) -> Result<()> {
    let all: Vec<String> = std::fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    let mut names: Vec<String> = all.iter().filter(|name| stamp_of(name).is_some()).cloned().collect();
    names.sort_unstable();
    // A second place may be another computer's too, which may be writing now.
    let yesterday = names.last().and_then(|name| stamp_of(name)?.checked_sub(jiff::Span::new().days(1)).ok());
    for name in all.iter().filter(|name| stamp_of_unfinished(name).is_some_and(|stamp| Some(stamp) < yesterday)) {
        std::fs::remove_file(folder.join(name))?;
    }
    for name in too_many(&names) {
        if newest.file_name().is_none_or(|newest| newest.to_string_lossy() != *name) {
            std::fs::remove_file(folder.join(name))?;
        }
    }
    Ok(())
}

/// Removes old ones of those made before something great. One that cannot be removed is in nobody's way.
pub(super) fn thin_out_before(folder: &Path) {
    let removed = BEFORE.iter().try_for_each(|kind| -> std::io::Result<()> {
        let mut names: Vec<String> = std::fs::read_dir(folder)?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.starts_with(kind) && name.ends_with(ENDING))
            .collect();
        names.sort_unstable();
        names.truncate(names.len().saturating_sub(BEFORE_KEPT));
        names.into_iter().try_for_each(|name| std::fs::remove_file(folder.join(name)))
    });
    if let Err(error) = removed {
        tracing::warn!(kind = ?error.kind(), "old backups");
    }
}

/// The time in the name of a backup that Purser made by itself.
pub(super) fn stamp_of(name: &str) -> Option<jiff::civil::DateTime> {
    let stamp = name.strip_prefix("purser-")?.strip_suffix(ENDING)?.strip_suffix("Z.")?;
    jiff::civil::DateTime::strptime("%Y-%m-%dT%H%M%S", stamp).ok()
}

/// The same of a backup that is being written, or that was not written to its end.
fn stamp_of_unfinished(name: &str) -> Option<jiff::civil::DateTime> {
    let (name, _random) = name.strip_prefix('.')?.strip_suffix(".part")?.rsplit_once('.')?;
    stamp_of(name)
}

/// Which of these names, oldest first, are not needed: neither the newest of its day, week nor month among those that stay.
fn too_many(names: &[String]) -> Vec<&String> {
    let mut stay = std::collections::HashSet::new();
    for (count, span) in KEPT {
        let mut spans: Vec<String> = Vec::new();
        for name in names.iter().rev() {
            let Some(span) = stamp_of(name).map(|stamp| stamp.strftime(span).to_string()) else { continue };
            if spans.last() != Some(&span) {
                spans.push(span);
                if spans.len() > count {
                    break;
                }
                stay.insert(name);
            }
        }
    }
    names.iter().filter(|name| !stay.contains(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_weeks_and_months_are_kept() {
        let days = jiff::civil::date(2025, 1, 1).series(jiff::Span::new().days(1)).take(500);
        let names: Vec<String> = days.map(|day| format!("purser-{day}T120000Z.age")).collect();
        let gone = too_many(&names);
        let stay: Vec<&String> = names.iter().filter(|name| !gone.contains(name)).collect();
        assert!(stay.len() <= 7 + 4 + 12, "{stay:?}");
        assert_eq!(&stay[stay.len() - 7..], &names[493..].iter().collect::<Vec<_>>(), "the last seven days");
        assert!(stay[0].starts_with("purser-2025-06-30"), "twelve months back: {}", stay[0]);
    }

    #[test]
    fn what_a_killed_backup_left_goes_after_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let left = ".purser-2026-10-01T120000Z.age.0badcafe.part";
        let written = ".purser-2026-10-02T130000Z.age.0badcafe.part";
        let newest = "purser-2026-10-02T120001Z.age";
        for name in [left, written, newest, ".mine.age.0badcafe.part"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        thin_out(folder.path(), &folder.path().join(newest)).unwrap();
        let mut names: Vec<String> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort_unstable();
        assert_eq!(names, [".mine.age.0badcafe.part", written, newest]);
    }

    #[test]
    fn what_has_another_name_is_left_alone() {
        for name in ["purser-2025-01-01T120000Z.age.part", "mine.age", "purser-x.age", "purser-2025-13-01T120000Z.age"]
        {
            assert!(stamp_of(name).is_none(), "{name}");
        }
        assert!(too_many(&["purser-2025-01-01T120000Z.age".to_owned()]).is_empty());
    }
}
