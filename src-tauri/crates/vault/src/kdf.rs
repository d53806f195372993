//! From a password and a device secret to the key that wraps a slot (Argon2id, RFC 9106; HKDF, RFC 5869).
//!
//! ```text
//! A   = Argon2id(password, salt16), 32 bytes
//! PRK = HKDF-SHA256-Extract(salt = file_id || slot_id, ikm = A || device secret)
//! KEK = Expand("purser/1/kek")        CMT = Expand("purser/1/commit")
//! ```
//! The commitment CMT is stored beside the wrap and compared first, in constant time: it tells a wrong
//! password from damage and ties the wrap to one key, which the AEAD alone would not do.

use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::bytes::base64_array;
use crate::error::{Error, Result};
use crate::id::{FileId, SlotId};
use crate::secret::{DeviceSecret, Passphrase};

const MIB: u32 = 1024;
const MEMORY_MIN_KIB: u32 = 64 * MIB;
const MEMORY_MAX_KIB: u32 = 1024 * MIB;
const PASSES_MIN: u32 = 3;
const PASSES_MAX: u32 = 16;
const LANES_MIN: u32 = 4;
const LANES_MAX: u32 = 8;
/// A login should take about this long; longer only annoys.
const TARGET_MS: u32 = 500;

/// Cost of one password hash. Always within the permitted range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KdfParams {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl KdfParams {
    /// The least that is ever accepted: 64 MiB, 3 passes, 4 lanes (RFC 9106 section 4, second choice).
    pub const FLOOR: Self = Self { memory_kib: MEMORY_MIN_KIB, passes: PASSES_MIN, lanes: LANES_MIN };
    /// What a new slot gets: 256 MiB, 3 passes, 4 lanes.
    pub const DEFAULT: Self = Self { memory_kib: 256 * MIB, passes: 3, lanes: 4 };
    /// What a slot gets when no device secret protects it: 512 MiB, 4 passes, 4 lanes.
    pub const NO_DEVICE: Self = Self { memory_kib: 512 * MIB, passes: 4, lanes: 4 };

    /// Parameters within floor and ceiling (1 GiB, 16 passes, 8 lanes). Allocates nothing.
    ///
    /// # Errors
    /// [`Error::KdfRefused`] outside that range.
    pub const fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self> {
        let fits = memory_kib >= MEMORY_MIN_KIB
            && memory_kib <= MEMORY_MAX_KIB
            && passes >= PASSES_MIN
            && passes <= PASSES_MAX
            && lanes >= LANES_MIN
            && lanes <= LANES_MAX;
        if fits { Ok(Self { memory_kib, passes, lanes }) } else { Err(Error::KdfRefused) }
    }

    /// Raises the passes of [`KdfParams::DEFAULT`] until a hash takes about half a second, given how
    /// many milliseconds the default took on this computer. Memory never goes down, however slow it is.
    #[must_use]
    pub const fn calibrated(default_took_ms: u32) -> Self {
        let took_ms = if default_took_ms == 0 { 1 } else { default_took_ms };
        let wanted = Self::DEFAULT.passes.saturating_mul(TARGET_MS).div_ceil(took_ms);
        let passes = if wanted < Self::DEFAULT.passes {
            Self::DEFAULT.passes
        } else if wanted > PASSES_MAX {
            PASSES_MAX
        } else {
            wanted
        };
        Self { passes, ..Self::DEFAULT }
    }

    /// Memory of one hash in KiB.
    #[must_use]
    pub const fn memory_kib(&self) -> u32 {
        self.memory_kib
    }

    /// Passes over that memory.
    #[must_use]
    pub const fn passes(&self) -> u32 {
        self.passes
    }

    /// Lanes computed in parallel.
    #[must_use]
    pub const fn lanes(&self) -> u32 {
        self.lanes
    }

    /// True when this is at least what a profile without device secret must use.
    pub(crate) const fn suffices_without_device(&self) -> bool {
        self.memory_kib >= Self::NO_DEVICE.memory_kib && self.passes >= Self::NO_DEVICE.passes
    }
}

/// Parameters and salt as stored with a wrap. Bounds are checked by [`KdfHeader::params`], before anything is allocated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KdfHeader {
    alg: String,
    v: u32,
    m: u32,
    t: u32,
    p: u32,
    #[serde(with = "base64_array")]
    pub(crate) salt: [u8; 16],
}

const ALGORITHM: &str = "argon2id";
const VERSION: u32 = 0x13;

impl KdfHeader {
    pub(crate) fn new(params: KdfParams, salt: [u8; 16]) -> Self {
        let KdfParams { memory_kib: m, passes: t, lanes: p } = params;
        Self { alg: ALGORITHM.to_owned(), v: VERSION, m, t, p, salt }
    }

    pub(crate) fn params(&self) -> Result<KdfParams> {
        if self.alg != ALGORITHM || self.v != VERSION {
            return Err(Error::KdfRefused);
        }
        KdfParams::new(self.m, self.t, self.p)
    }

    /// One spelling of every field, for the associated data of the wrap.
    pub(crate) fn bound_bytes(&self) -> Vec<u8> {
        let mut bytes = self.alg.as_bytes().to_vec();
        for number in [self.v, self.m, self.t, self.p] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes.extend_from_slice(&self.salt);
        bytes
    }
}

/// The wrapping key of one slot and the commitment to it.
pub(crate) struct SlotKek {
    pub(crate) kek: Zeroizing<[u8; 32]>,
    pub(crate) commit: [u8; 32],
}

/// Runs the whole chain. The work is the same whatever is wrong with password or device secret.
pub(crate) fn derive_slot_kek(
    passphrase: &Passphrase,
    device_secret: &DeviceSecret,
    file_id: &FileId,
    slot_id: &SlotId,
    header: &KdfHeader,
) -> Result<SlotKek> {
    let params = header.params()?;
    // Exposed to be hashed: this is the one use of a typed password.
    let password_hash =
        derive_argon2id(passphrase.expose_bytes(), &header.salt, (params.memory_kib, params.passes, params.lanes))?;
    let mut input = Zeroizing::new([0u8; 64]);
    input[..32].copy_from_slice(password_hash.as_slice());
    // Exposed to be mixed in: the file alone must not be enough to guess passwords.
    input[32..].copy_from_slice(device_secret.expose_bytes());
    let salt = [file_id.as_bytes().as_slice(), slot_id.as_bytes()].concat();
    let expander = Hkdf::<Sha256>::new(Some(&salt), input.as_slice());
    let mut kek = Zeroizing::new([0u8; 32]);
    let mut commit = [0u8; 32];
    expander.expand(b"purser/1/kek", kek.as_mut_slice()).map_err(|_| Error::Limit)?;
    expander.expand(b"purser/1/commit", &mut commit).map_err(|_| Error::Limit)?;
    Ok(SlotKek { kek, commit })
}

/// Argon2id v0x13 with a 32-byte tag; `cost` is (KiB, passes, lanes). Callers own the bounds.
pub(crate) fn derive_argon2id(password: &[u8], salt: &[u8; 16], cost: (u32, u32, u32)) -> Result<Zeroizing<[u8; 32]>> {
    let params = Params::new(cost.0, cost.1, cost.2, Some(32)).map_err(|_| Error::KdfRefused)?;
    let mut tag = Zeroizing::new([0u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password, salt, tag.as_mut_slice())
        .map_err(|error| match error {
            argon2::Error::OutOfMemory => Error::OutOfMemory,
            _ => Error::KdfRefused,
        })?;
    Ok(tag)
}

/// HKDF-SHA256 of an already random key: one input, one label, 32 bytes.
pub(crate) fn derive_subkey(input: &[u8], label: &str) -> Result<Zeroizing<[u8; 32]>> {
    let mut key = Zeroizing::new([0u8; 32]);
    Hkdf::<Sha256>::new(None, input).expand(label.as_bytes(), key.as_mut_slice()).map_err(|_| Error::Limit)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::{AssociatedData, ParamsBuilder};

    /// R1: the Argon2id test vector of RFC 9106 section 5.3.
    #[test]
    fn argon2id_gives_the_tag_of_rfc_9106() {
        let params = ParamsBuilder::new()
            .m_cost(32)
            .t_cost(3)
            .p_cost(4)
            .data(AssociatedData::new(&[4; 12]).unwrap())
            .output_len(32)
            .build()
            .unwrap();
        let hasher = Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params).unwrap();
        let mut tag = [0u8; 32];
        hasher.hash_password_into(&[1; 32], &[2; 16], &mut tag).unwrap();
        assert_eq!(&*crate::bytes::to_hex(&tag), "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
    }

    /// R2: a new slot costs at least 256 MiB and three passes, however slow the computer.
    #[test]
    fn calibration_only_ever_raises_the_cost() {
        for took_ms in [0, 1, 50, 130, 490, 500, 1_000, 60_000, u32::MAX] {
            let params = KdfParams::calibrated(took_ms);
            assert!(params.memory_kib() >= 256 * MIB && params.lanes() == 4, "{took_ms}");
            assert!((3..=16).contains(&params.passes()), "{took_ms}");
            assert!(KdfParams::new(params.memory_kib, params.passes, params.lanes).is_ok());
        }
        assert_eq!(KdfParams::calibrated(250).passes(), 6);
        assert_eq!(KdfParams::calibrated(2_000), KdfParams::DEFAULT);
    }

    /// R3: bounds are arithmetic on the header; nothing is allocated for a refused one.
    #[test]
    fn parameters_outside_the_bounds_are_refused() {
        assert_eq!(KdfParams::new(u32::MAX, 3, 4), Err(Error::KdfRefused));
        assert!(KdfParams::new(1024 * MIB, 16, 8).is_ok());
        for (m, t, p) in [
            (1024 * MIB + 1, 3, 4),
            (64 * MIB - 1, 3, 4),
            (64 * MIB, 2, 4),
            (64 * MIB, 17, 4),
            (64 * MIB, 3, 3),
            (64 * MIB, 3, 9),
            (64 * MIB, u32::MAX, u32::MAX),
        ] {
            assert_eq!(KdfParams::new(m, t, p), Err(Error::KdfRefused), "{m} {t} {p}");
            let header = KdfHeader { alg: ALGORITHM.into(), v: VERSION, m, t, p, salt: [0; 16] };
            assert!(header.params().is_err());
        }
    }

    #[test]
    fn another_algorithm_or_version_is_refused() {
        let good = KdfHeader::new(KdfParams::FLOOR, [0; 16]);
        assert_eq!(good.params(), Ok(KdfParams::FLOOR));
        assert!(KdfHeader { alg: "argon2i".into(), ..good.clone() }.params().is_err());
        assert!(KdfHeader { v: 0x10, ..good }.params().is_err());
    }
}
