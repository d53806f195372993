//! The machine it was measured on.

use std::fs;

use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub memory_gib: Option<f64>,
    pub system: String,
}

impl Machine {
    /// As the system describes itself; what it does not say is "unknown" or missing.
    #[must_use]
    pub fn here() -> Machine {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let unknown = || "unknown".to_owned();
        Machine {
            processor: field(&read("/proc/cpuinfo"), "model name", ':').unwrap_or_else(unknown),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            memory_gib: kib(&read("/proc/meminfo"), "MemTotal")
                .map(|kib| (kib / 1024.0 / 1024.0 * 10.0).round() / 10.0),
            system: field(&read("/etc/os-release"), "PRETTY_NAME", '=')
                .unwrap_or_else(|| std::env::consts::OS.to_owned()),
        }
    }
}

/// Mebibytes of a field of this process's status, such as `VmHWM`, the most that was ever resident.
#[must_use]
pub fn own_memory_mib(status_field: &str) -> Option<f64> {
    kib(&fs::read_to_string("/proc/self/status").ok()?, status_field).map(|kib| kib / 1024.0)
}

/// Forgets how much memory was resident until now. False where the system cannot.
#[must_use]
pub fn forget_peak() -> bool {
    fs::write("/proc/self/clear_refs", "5").is_ok()
}

fn field(text: &str, name: &str, separator: char) -> Option<String> {
    let value = text.lines().find_map(|line| {
        let (found, value) = line.split_once(separator)?;
        (found.trim() == name).then_some(value)
    })?;
    Some(value.trim().trim_matches('"').to_owned())
}

fn kib(text: &str, name: &str) -> Option<f64> {
    field(text, name, ':')?.strip_suffix(" kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_linux_writes_them() {
        let cpu = "processor\t: 0\nmodel name\t: AMD EPYC 7B13\nmodel name\t: another\n";
        assert_eq!(field(cpu, "model name", ':').as_deref(), Some("AMD EPYC 7B13"));
        assert_eq!(field("PRETTY_NAME=\"Debian 12\"\n", "PRETTY_NAME", '=').as_deref(), Some("Debian 12"));
        assert_eq!(kib("VmPeak:\t  9 kB\nVmHWM:\t    2048 kB\n", "VmHWM"), Some(2048.0));
        assert_eq!(kib("VmHWM:\t 2048 pages\n", "VmHWM"), None);
    }

    #[test]
    fn there_is_always_a_machine() {
        let machine = Machine::here();
        assert!(machine.cores > 0 && !machine.processor.is_empty() && !machine.system.is_empty());
    }
}
