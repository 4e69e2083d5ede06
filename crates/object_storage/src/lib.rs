//! Object storage and Delta tables behind a C interface: include/backtest_object_storage.h is the contract.
//!
//! Every call blocks, may come from any thread, and gives a reply that the caller frees. No panic crosses the border.

mod azure;
mod container;
mod exchange;
mod failure;
mod identity;
mod options;
mod reply;
mod request;
mod s3;
mod table;
mod table_reply;
mod table_store;
mod transport;
mod upload;

use container::{Condition, Container};
use exchange::Exchange;
use options::Options;
use reply::{Code, Content, Failure, Reply, ReplyFront, Text};
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use table::Moment;
use table_reply::{TableFront, TableReply};
use tokio::runtime::Runtime;

/// Rises with every change that a caller of the interface before it would not survive.
const INTERFACE_VERSION: i32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct NamedValue {
    name: Text,
    value: Text,
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("object-storage")
            .enable_all()
            .build()
            .expect("threads for object storage")
    })
}

fn guarded(work: impl FnOnce() -> Result<Content, Failure>) -> *mut ReplyFront {
    let result = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(Failure::new(
            Code::Unavailable,
            format!("a bug in the storage library: {}", text.unwrap_or_default()),
        ))
    });
    Reply::of(result)
}

/// Runs one operation and waits for it, its requests reporting to an exchange of its own.
fn run<F, W>(work: W) -> *mut ReplyFront
where
    W: FnOnce(Arc<Exchange>) -> Result<F, Failure>,
    F: Future<Output = Result<Content, Failure>>,
{
    guarded(|| {
        let exchange = Arc::new(Exchange::default());
        let operation = work(exchange.clone())?;
        runtime().block_on(exchange.observe(operation))
    })
}

/// # Safety
/// `text` is valid for the call.
unsafe fn word<'a>(text: Text) -> Result<&'a str, Failure> {
    std::str::from_utf8(unsafe { text.bytes() })
        .map_err(|_| Failure::new(Code::Invalid, "a name is not UTF-8"))
}

#[unsafe(no_mangle)]
pub extern "C" fn backtest_storage_interface_version() -> i32 {
    INTERFACE_VERSION
}

/// # Safety
/// `reply` comes from this library and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn backtest_storage_free_reply(reply: *mut ReplyFront) {
    unsafe { Reply::free(reply) }
}

/// # Safety
/// `options` points to `count` options; `opened` is set where the reply's code is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn backtest_storage_open(
    options: *const NamedValue,
    count: usize,
    opened: *mut *mut Container,
) -> *mut ReplyFront {
    guarded(|| {
        let mut values = BTreeMap::new();
        for index in 0..count {
            let option = unsafe { *options.add(index) };
            values.insert(
                unsafe { word(option.name) }?.to_owned(),
                unsafe { word(option.value) }?.to_owned(),
            );
        }
        let _inside = runtime().enter();
        let container = Container::open(Options::new(values))?;
        unsafe { *opened = Box::into_raw(Box::new(container)) };
        Ok(Content::default())
    })
}

/// # Safety
/// `container` comes from `backtest_storage_open`, and no call on it is under way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn backtest_storage_close(container: *mut Container) {
    if !container.is_null() {
        drop(unsafe { Box::from_raw(container) });
    }
}

/// # Safety
/// As the header says; so for all below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn backtest_storage_get(
    container: *const Container,
    name: Text,
) -> *mut ReplyFront {
    run(|exchange| {
        let (container, name) = unsafe { (&*container, word(name)?) };
        Ok(async move { container.get(&exchange, name).await })
    })
}

/// # Safety
/// See `backtest_storage_get`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn backtest_storage_head(
    container: *const Container,
    name: Text,
) -> *mut ReplyFront {
    run(|exchange| {
        let (container, name) = unsafe { (&*container, word(name)?) };
        Ok(async move { container.head(&exchange, name).await })
    })
}

/// # Safety
/// See `backtest_storage_get`; `buffer` has `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn backtest_storage_read(
    container: *const Container,
    name: Text,
    etag: Text,
    offset: u64,
    buffer: *mut u8,
    size: usize,
) -> *mut ReplyFront {
    run(|exchange| {
        let (container, name, etag) = unsafe { (&*container, word(name)?, word(etag)?) };
        let buffer = match size {
            0 => &mut [],
            _ => unsafe { std::slice::from_raw_parts_mut(buffer, size) },
        };
        Ok(async move { container.read(&exchange, name, etag, offset, buffer).await })
    })
}

/// # Safety
/// See `backtest_storage_get`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn backtest_storage_write(
    container: *const Container,
    name: Text,
    bytes: Text,
    condition: i32,
    etag: Text,
) -> *mut ReplyFront {
    run(|exchange| {
        let (container, name, etag) = unsafe { (&*container, word(name)?, word(etag)?) };
        let bytes = bytes::Bytes::copy_from_slice(unsafe { bytes.bytes() });
        let condition = match condition {
            0 => Condition::Anything,
            1 => Condition::Nothing,
            2 => Condition::Version(etag),
            _ => return Err(Failure::new(Code::Invalid, "no such condition")),
        };
        Ok(async move { container.write(&exchange, name, bytes, condition).await })
    })
}

/// # Safety
/// See `backtest_storage_get`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn backtest_storage_upload(
    container: *const Container,
    name: Text,
    file: Text,
) -> *mut ReplyFront {
    run(|exchange| {
        let (container, name, file) = unsafe { (&*container, word(name)?, word(file)?) };
        Ok(async move { container.upload(&exchange, name, file).await })
    })
}

/// # Safety
/// See `backtest_storage_get`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn backtest_storage_remove(
    container: *const Container,
    name: Text,
) -> *mut ReplyFront {
    run(|exchange| {
        let (container, name) = unsafe { (&*container, word(name)?) };
        Ok(async move { container.remove(&exchange, name).await })
    })
}

/// # Safety
/// See `backtest_storage_get`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn backtest_storage_list(
    container: *const Container,
    prefix: Text,
    one_level: i32,
) -> *mut ReplyFront {
    run(|exchange| {
        let (container, prefix) = unsafe { (&*container, word(prefix)?) };
        Ok(async move {
            if one_level != 0 {
                container.list_directory(&exchange, prefix).await
            } else {
                container.list(&exchange, prefix).await
            }
        })
    })
}

/// # Safety
/// See `backtest_storage_get`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn backtest_storage_create_container(
    container: *const Container,
) -> *mut ReplyFront {
    run(|exchange| {
        let container = unsafe { &*container };
        Ok(async move { container.create_container(&exchange).await })
    })
}

/// # Safety
/// `container` is null for a local directory; `opened` is set where the reply's code is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn backtest_storage_open_table(
    container: *const Container,
    location: Text,
    moment: i32,
    number: i64,
    opened: *mut *mut TableFront,
) -> *mut ReplyFront {
    guarded(|| {
        let (container, location) = unsafe { (container.as_ref(), word(location)?) };
        let moment = match moment {
            0 => Moment::Last,
            1 => Moment::Version(
                u64::try_from(number)
                    .map_err(|_| Failure::new(Code::Invalid, "a version is at least 0"))?,
            ),
            2 => Moment::Time(number.div_euclid(1000)),
            _ => return Err(Failure::new(Code::Invalid, "no such moment")),
        };
        let table = table::open_table(container, location, moment, runtime())?;
        unsafe { *opened = TableReply::of(table) };
        Ok(Content::default())
    })
}

/// # Safety
/// `table` comes from this library and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn backtest_storage_free_table(table: *mut TableFront) {
    unsafe { TableReply::free(table) }
}
