//! The window's commands: each one asks the app and turns the answer into a view.

pub mod audit;
pub mod backups;
pub mod contacts;
pub mod door;
pub mod emergency;
pub mod facts;
pub mod imports;
pub mod people;
pub mod screen;
pub mod security;
pub mod session;
pub mod statements;
pub mod tasks;
pub mod transactions;
pub mod wallets;
