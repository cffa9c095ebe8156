//! The volume that a directory is on.

use std::io::Result;
use std::os::windows::io::{AsRawHandle, BorrowedHandle};

use windows_sys::Wdk::Storage::FileSystem::{
    FS_INFORMATION_CLASS, FileFsAttributeInformation, FileFsDeviceInformation,
    FileFsFullSizeInformation, FileFsVolumeInformation, NtQueryVolumeInformationFile,
};
use windows_sys::Wdk::System::SystemServices::FILE_REMOTE_DEVICE;
use windows_sys::Win32::Foundation::STATUS_BUFFER_OVERFLOW;
use windows_sys::Win32::System::IO::IO_STATUS_BLOCK;
use windows_sys::Win32::System::SystemServices::FILE_SUPPORTS_BLOCK_REFCOUNTING;

use crate::call::Plain;
use crate::status::checked;

/// A volume.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Volume {
    /// What its file system is called: `NTFS`, `ReFS`, `FAT32`, `exFAT`.
    pub file_system: String,
    /// Whether files can share blocks there ([`clone`](crate::clone())).
    pub shares_blocks: bool,
    /// Whether it is another machine's.
    pub is_remote: bool,
}

/// How much room there is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Room {
    /// In all.
    pub bytes: u64,
    /// For the caller, whose quota counts.
    pub available_bytes: u64,
}

/// `FILE_FS_ATTRIBUTE_INFORMATION` with room for a name, which is short.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
struct Attributes {
    flags: u32,
    longest: i32,
    len: u32,
    name: [u16; 32],
}

/// `FILE_FS_DEVICE_INFORMATION`.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
struct Device {
    kind: u32,
    characteristics: u32,
}

/// `FILE_FS_FULL_SIZE_INFORMATION`.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
struct Size {
    units: i64,
    available_units: i64,
    all_available_units: i64,
    sectors: u32,
    sector_bytes: u32,
}

/// `FILE_FS_VOLUME_INFORMATION`; its label is cut.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
struct Label {
    made: i64,
    serial: u32,
    len: u32,
    rest: [u32; 2],
}

#[expect(unsafe_code, reason = "these are numbers")]
// SAFETY: numbers and arrays of numbers, whose every pattern of bits is a value.
unsafe impl Plain for Attributes {}
#[expect(unsafe_code, reason = "these are numbers")]
// SAFETY: as above.
unsafe impl Plain for Device {}
#[expect(unsafe_code, reason = "these are numbers")]
// SAFETY: as above.
unsafe impl Plain for Size {}
#[expect(unsafe_code, reason = "these are numbers")]
// SAFETY: as above.
unsafe impl Plain for Label {}

/// Tells about the volume that an open directory is on.
///
/// # Errors
///
/// Whatever the system says.
pub fn volume(dir: BorrowedHandle<'_>) -> Result<Volume> {
    let told: Attributes = ask(dir, FileFsAttributeInformation)?;
    let device: Device = ask(dir, FileFsDeviceInformation)?;
    let len = (told.len as usize / 2).min(told.name.len());
    Ok(Volume {
        file_system: String::from_utf16_lossy(&told.name[..len]),
        shares_blocks: told.flags & FILE_SUPPORTS_BLOCK_REFCOUNTING != 0,
        is_remote: device.characteristics & FILE_REMOTE_DEVICE != 0,
    })
}

/// Tells how much room there is on it.
///
/// # Errors
///
/// Whatever the system says.
pub fn room(dir: BorrowedHandle<'_>) -> Result<Room> {
    let told: Size = ask(dir, FileFsFullSizeInformation)?;
    let unit = u64::from(told.sectors) * u64::from(told.sector_bytes);
    let bytes = |units: i64| u64::try_from(units).unwrap_or(0).saturating_mul(unit);
    Ok(Room { bytes: bytes(told.units), available_bytes: bytes(told.available_units) })
}

/// Its number, of 32 bits.
pub(crate) fn serial(file: BorrowedHandle<'_>) -> Result<u64> {
    let told: Label = ask(file, FileFsVolumeInformation)?;
    Ok(told.serial.into())
}

fn ask<T: Plain>(file: BorrowedHandle<'_>, class: FS_INFORMATION_CLASS) -> Result<T> {
    let mut answer = T::default();
    let mut io = IO_STATUS_BLOCK::default();
    #[expect(unsafe_code, reason = "a call of the kernel")]
    // SAFETY: the handle is open as long as it is borrowed; the answer has the length that is said, may be any bits, and is
    // written before the call returns.
    let status = unsafe {
        NtQueryVolumeInformationFile(
            file.as_raw_handle(),
            &raw mut io,
            (&raw mut answer).cast(),
            size_of::<T>() as u32,
            class,
        )
    };
    // A name at the end that does not fit is cut.
    if status != STATUS_BUFFER_OVERFLOW {
        checked(status)?;
    }
    Ok(answer)
}
