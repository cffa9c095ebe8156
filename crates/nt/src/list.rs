//! Listing an open directory.

use std::ffi::OsString;
use std::io::Result;
use std::mem::offset_of;
use std::os::windows::ffi::OsStringExt;
use std::os::windows::io::{AsRawHandle, BorrowedHandle};
use std::ptr::{null, null_mut};

use windows_sys::Wdk::Storage::FileSystem::{
    FILE_ID_BOTH_DIR_INFORMATION, FILE_ID_EXTD_DIR_INFORMATION, FILE_INFORMATION_CLASS,
    FileIdBothDirectoryInformation, FileIdExtdDirectoryInformation, NtQueryDirectoryFile,
};
use windows_sys::Win32::Foundation::{
    NTSTATUS, STATUS_DELETE_PENDING, STATUS_FILE_DELETED, STATUS_NO_MORE_FILES, STATUS_NO_SUCH_FILE,
};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_ATTRIBUTE_DIRECTORY, FILE_ATTRIBUTE_REPARSE_POINT, FILE_ID_128,
};
use windows_sys::Win32::System::IO::IO_STATUS_BLOCK;

use crate::look::{folded, stands_for_another};
use crate::status::{checked, is_unknown};

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed {
    /// Its name.
    pub name: OsString,
    /// Its number on the volume.
    pub id: u64,
    /// Whether it is a directory, and no link to one.
    pub is_dir: bool,
    /// Whether it is a symbolic link or a junction.
    pub is_link: bool,
}

/// Lists a directory from its beginning, without `.` and `..`. It moves the position of the handle: one at a time.
///
/// # Errors
///
/// Whatever the system says. A directory that is removed is empty.
pub fn list(dir: BorrowedHandle<'_>) -> Result<Vec<Listed>> {
    let mut buffer = vec![0; 8 << 10];
    let (layout, mut status) = match read(dir, &mut buffer, EXTENDED.class, true) {
        status if is_unknown(status) => (&USUAL, read(dir, &mut buffer, USUAL.class, true)),
        status => (&EXTENDED, status),
    };
    let mut found = Vec::new();
    loop {
        match status {
            STATUS_NO_MORE_FILES
            | STATUS_NO_SUCH_FILE
            | STATUS_DELETE_PENDING
            | STATUS_FILE_DELETED => return Ok(found),
            status => checked(status)?,
        }
        layout.take(&buffer, &mut found);
        status = read(dir, &mut buffer, layout.class, false);
    }
}

/// Fills the buffer with entries.
fn read(
    dir: BorrowedHandle<'_>,
    buffer: &mut [u64],
    class: FILE_INFORMATION_CLASS,
    from_the_beginning: bool,
) -> NTSTATUS {
    let mut io = IO_STATUS_BLOCK::default();
    #[expect(unsafe_code, reason = "a call of the kernel")]
    // SAFETY: the handle is open as long as it is borrowed, and the kernel writes no more than the buffer holds before it
    // returns, because directories are opened for synchronous calls.
    unsafe {
        NtQueryDirectoryFile(
            dir.as_raw_handle(),
            null_mut(),
            None,
            null(),
            &raw mut io,
            buffer.as_mut_ptr().cast(),
            size_of_val(buffer) as u32,
            class,
            false,
            null(),
            from_the_beginning,
        )
    }
}

/// Where what is in an entry.
struct Layout {
    class: FILE_INFORMATION_CLASS,
    attributes: usize,
    name_len: usize,
    tag: usize,
    id: usize,
    id_len: usize,
    name: usize,
}

/// With numbers of 128 bits.
const EXTENDED: Layout = Layout {
    class: FileIdExtdDirectoryInformation,
    attributes: offset_of!(FILE_ID_EXTD_DIR_INFORMATION, FileAttributes),
    name_len: offset_of!(FILE_ID_EXTD_DIR_INFORMATION, FileNameLength),
    tag: offset_of!(FILE_ID_EXTD_DIR_INFORMATION, ReparsePointTag),
    id: offset_of!(FILE_ID_EXTD_DIR_INFORMATION, FileId),
    id_len: 16,
    name: offset_of!(FILE_ID_EXTD_DIR_INFORMATION, FileName),
};

/// Where the others are not known. What kind of reparse point it is, is where others have the length of their attributes.
const USUAL: Layout = Layout {
    class: FileIdBothDirectoryInformation,
    attributes: offset_of!(FILE_ID_BOTH_DIR_INFORMATION, FileAttributes),
    name_len: offset_of!(FILE_ID_BOTH_DIR_INFORMATION, FileNameLength),
    tag: offset_of!(FILE_ID_BOTH_DIR_INFORMATION, EaSize),
    id: offset_of!(FILE_ID_BOTH_DIR_INFORMATION, FileId),
    id_len: 8,
    name: offset_of!(FILE_ID_BOTH_DIR_INFORMATION, FileName),
};

impl Layout {
    /// Takes the entries out of the buffer, each of which says how far it is to the next one.
    fn take(&self, buffer: &[u64], found: &mut Vec<Listed>) {
        let bytes: Vec<u8> = buffer.iter().flat_map(|word| word.to_ne_bytes()).collect();
        let mut entry = &bytes[..];
        loop {
            let number = |at: usize| {
                let bytes = entry.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
                u32::from_ne_bytes(bytes.unwrap_or_default())
            };
            let len = number(self.name_len) as usize;
            let name = entry.get(self.name..self.name + len).unwrap_or_default();
            let name: Vec<u16> =
                name.chunks_exact(2).map(|two| u16::from_ne_bytes([two[0], two[1]])).collect();
            let mut id = FILE_ID_128 { Identifier: [0; 16] };
            if let Some(bytes) = entry.get(self.id..self.id + self.id_len) {
                id.Identifier[..self.id_len].copy_from_slice(bytes);
            }
            let has = |attribute| number(self.attributes) & attribute != 0;
            let is_link = has(FILE_ATTRIBUTE_REPARSE_POINT) && stands_for_another(number(self.tag));
            let is_dir = has(FILE_ATTRIBUTE_DIRECTORY) && !is_link;
            let name = OsString::from_wide(&name);
            if name != "." && name != ".." {
                found.push(Listed { name, id: folded(id), is_dir, is_link });
            }
            match number(0) {
                0 => return,
                next => entry = entry.get(next as usize..).unwrap_or_default(),
            }
        }
    }
}
