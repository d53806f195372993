//! Native file dialogs, opened by Rust on the main thread.

use std::path::{Path, PathBuf};

use purser_app::error::{Code, Error};
use rfd::AsyncFileDialog;
use tauri::AppHandle;
use tokio::sync::oneshot;

/// Files the person chooses; empty when cancelled.
pub async fn choose_files(app: &AppHandle) -> Result<Vec<PathBuf>, Error> {
    let files = on_main(app, || {
        let dialog = AsyncFileDialog::new()
            .add_filter("CSV, ZIP, GZIP", &["csv", "CSV", "txt", "zip", "gz", "tsv"])
            .add_filter("*", &["*"]);
        let future = dialog.pick_files();
        async move { future.await.unwrap_or_default() }
    });
    Ok(files.await?.into_iter().map(|file| file.path().to_path_buf()).collect())
}

/// Where to save a file; `None` when cancelled.
pub async fn choose_target(app: &AppHandle, name: &str) -> Result<Option<PathBuf>, Error> {
    let name = name.to_owned();
    let file = on_main(app, move || AsyncFileDialog::new().set_file_name(name).save_file());
    Ok(file.await?.map(|file| file.path().to_path_buf()))
}

/// A backup the person chooses; `None` when cancelled.
pub async fn choose_backup(app: &AppHandle, start: &Path) -> Result<Option<PathBuf>, Error> {
    let start = start.is_dir().then(|| start.to_owned());
    let file = on_main(app, move || {
        let dialog = AsyncFileDialog::new().add_filter("age", &["age"]).add_filter("*", &["*"]);
        match start {
            Some(start) => dialog.set_directory(start).pick_file(),
            None => dialog.pick_file(),
        }
    });
    Ok(file.await?.map(|file| file.path().to_path_buf()))
}

/// Any one file the person chooses; `None` when cancelled.
pub async fn choose_any(app: &AppHandle) -> Result<Option<PathBuf>, Error> {
    let file = on_main(app, || AsyncFileDialog::new().pick_file());
    Ok(file.await?.map(|file| file.path().to_path_buf()))
}

/// A text file the person chooses; `None` when cancelled.
pub async fn choose_text(app: &AppHandle) -> Result<Option<PathBuf>, Error> {
    let file = on_main(app, || AsyncFileDialog::new().add_filter("txt", &["txt"]).add_filter("*", &["*"]).pick_file());
    Ok(file.await?.map(|file| file.path().to_path_buf()))
}

/// A folder the person chooses; `None` when cancelled.
pub async fn choose_folder(app: &AppHandle) -> Result<Option<PathBuf>, Error> {
    let folder = on_main(app, || AsyncFileDialog::new().pick_folder());
    Ok(folder.await?.map(|folder| folder.path().to_path_buf()))
}

/// GTK and AppKit want dialogs made on the main thread; waiting happens elsewhere.
async fn on_main<T, F>(app: &AppHandle, make: impl FnOnce() -> F + Send + 'static) -> Result<T, Error>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    let make = move || {
        let future = make();
        std::thread::spawn(move || {
            let _ = sender.send(tauri::async_runtime::block_on(future));
        });
    };
    app.run_on_main_thread(make).map_err(|_| Code::Internal)?;
    receiver.await.map_err(|_| Code::Internal.into())
}
