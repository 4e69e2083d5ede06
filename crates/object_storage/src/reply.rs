//! What a call of the C interface gives back: plain memory that the caller reads and then frees in one piece.

use std::ffi::c_char;

#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    Ok = 0,
    NotFound = 1,
    Exists = 2,
    Changed = 3,
    Unavailable = 4,
    Invalid = 5,
    FileFailed = 6,
    Unsupported = 7,
}

#[derive(Debug)]
pub struct Failure {
    pub code: Code,
    pub message: String,
}

impl Failure {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

/// UTF-8 or bytes, without a terminator. Its owner is the reply.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Text {
    pub data: *const c_char,
    pub size: usize,
}

impl Text {
    pub fn of(bytes: &[u8]) -> Self {
        Self {
            data: bytes.as_ptr().cast(),
            size: bytes.len(),
        }
    }

    /// # Safety
    /// `data` points to `size` bytes, or `size` is 0.
    pub unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.size == 0 {
            return &[];
        }
        unsafe { std::slice::from_raw_parts(self.data.cast(), self.size) }
    }
}

#[repr(C)]
pub struct ObjectFront {
    pub name: Text,
    pub etag: Text,
    pub size_bytes: u64,
    pub modified_at: i64,
}

#[derive(Debug, Clone)]
pub struct Object {
    pub name: String,
    pub etag: String,
    pub size_bytes: u64,
    pub modified_at: i64,
}

/// The part of a reply that C reads.
#[repr(C)]
pub struct ReplyFront {
    pub code: i32,
    pub message: Text,
    pub answered_at: i64,
    pub count: u64,
    pub bytes: Text,
    pub objects: *const ObjectFront,
    pub object_count: usize,
    pub prefixes: *const Text,
    pub prefix_count: usize,
}

#[derive(Default)]
pub struct Content {
    pub answered_at: i64,
    pub count: u64,
    pub bytes: bytes::Bytes,
    pub objects: Vec<Object>,
    pub prefixes: Vec<String>,
}

#[repr(C)]
pub struct Reply {
    front: ReplyFront,
    content: Content,
    message: String,
    objects: Vec<ObjectFront>,
    prefixes: Vec<Text>,
}

impl Reply {
    pub fn of(result: Result<Content, Failure>) -> *mut ReplyFront {
        let (code, message, content) = match result {
            Ok(content) => (Code::Ok, String::new(), content),
            Err(failure) => (failure.code, failure.message, Content::default()),
        };
        let objects: Vec<_> = content
            .objects
            .iter()
            .map(|object| ObjectFront {
                name: Text::of(object.name.as_bytes()),
                etag: Text::of(object.etag.as_bytes()),
                size_bytes: object.size_bytes,
                modified_at: object.modified_at,
            })
            .collect();
        let prefixes: Vec<_> = content
            .prefixes
            .iter()
            .map(|prefix| Text::of(prefix.as_bytes()))
            .collect();
        // Moving a Vec, String or Bytes leaves what it points to where it is.
        let front = ReplyFront {
            code: code as i32,
            message: Text::of(message.as_bytes()),
            answered_at: content.answered_at,
            count: content.count,
            bytes: Text::of(&content.bytes),
            objects: objects.as_ptr(),
            object_count: objects.len(),
            prefixes: prefixes.as_ptr(),
            prefix_count: prefixes.len(),
        };
        Box::into_raw(Box::new(Reply {
            front,
            content,
            message,
            objects,
            prefixes,
        }))
        .cast()
    }

    /// # Safety
    /// `front` is what `of()` gave, and is not used again.
    pub unsafe fn free(front: *mut ReplyFront) {
        if front.is_null() {
            return;
        }
        let reply = unsafe { Box::from_raw(front.cast::<Reply>()) };
        let Reply {
            content,
            message,
            objects,
            prefixes,
            ..
        } = *reply;
        drop((content, message, objects, prefixes));
    }
}
