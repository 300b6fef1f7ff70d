//! `haochaping up`: everything on one machine, and the messages on a machine that is unsuitable.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use testbed::engines::free_ports;
use testbed::program::{Program, Said};
use testbed::wait::until;

use crate::support::{self, program, run};

/// The number of ports that one installation takes.
const SPAN: u16 = 14;

fn up(folder: &Path, port_base: u16, demo: &str) -> Program {
    let data_dir = folder.join("data");
    let arguments = [
        "up",
        "--data-dir",
        data_dir.to_str().expect("UTF-8"),
        "--port-base",
        &port_base.to_string(),
        "--demo",
        demo,
    ];
    Program::new(program(), folder, "up", arguments.map(ToOwned::to_owned).into())
}

async fn until_ready(program: &mut Program, times: usize) {
    until("it is ready", || {
        assert!(!program.has_ended(), "it has ended");
        let times_ready = program.log().lines().filter(|line| line.starts_with("ready")).count();
        async move { times_ready >= times }
    })
    .await;
}

/// `up` itself loads the demonstration. It equals the published month, and is still there, and not
/// loaded twice, after everything was stopped and started again.
#[tokio::test]
async fn everything_starts_with_a_demonstration_and_finds_its_data_again() {
    let folder = TempDir::new().expect("a folder");
    let base = free_ports(SPAN);
    let mut program = up(folder.path(), base, "sample");
    program.start();
    until_ready(&mut program, 1).await;
    let agrees = || {
        let port = base.to_string();
        let reconcile = ["reconcile", "guangdong-2023-07", "--scale", "0.01", "--port-base", &port];
        let said = run(&[&reconcile[..], &["--wait", "90"]].concat());
        assert!(said.succeeded(), "{said}");
    };
    agrees();
    let environment = folder.path().join("data/keys/environment");
    let with_its_engines = |command: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!(". \"$1\" && \"$2\" {command}"), "sh"]);
        shell.arg(&environment).arg(support::program());
        Said::from(shell.output().expect("a shell runs"))
    };
    let said = with_its_engines("ledger --wait 60");
    assert!(said.succeeded() && said.words().contains("The ledger closes"), "{said}");
    let said = with_its_engines("account list");
    assert!(said.words().contains("simulator\n  simulated: posts service, review"), "{said}");

    let status = program.terminate();
    assert!(status.success(), "{status}: {}", program.log());
    program.start();
    until_ready(&mut program, 2).await;
    agrees();
    assert_eq!(
        program.log().matches("events posted").count(),
        1,
        "the demonstration is loaded once"
    );

    // A second instance must not touch the same folder.
    let mut second = up(folder.path(), free_ports(SPAN), "none");
    let (code, said) = ends(&mut second).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("in use"), "{said}");
}

/// Waits until a program ends by itself, and returns its exit code and output.
async fn ends(program: &mut Program) -> (Option<i32>, String) {
    program.start();
    until("it ends", || {
        let has_ended = program.has_ended();
        async move { has_ended }
    })
    .await;
    let code = program.exit_code();
    let log = program.log();
    let said = log.lines().rev().find(|line| line.starts_with("error:")).unwrap_or(&log);
    (code, said.to_owned())
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let folder = TempDir::new().expect("a folder");
    let base = free_ports(SPAN);
    let _taken = TcpListener::bind(("127.0.0.1", base + 4)).expect("the port is free");
    let (code, said) = ends(&mut up(folder.path(), base, "none")).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains(&(base + 4).to_string()), "{said}");
}

#[tokio::test]
async fn data_of_a_newer_version_are_left_alone() {
    let folder = TempDir::new().expect("a folder");
    fs::create_dir(folder.path().join("data")).expect("a folder");
    fs::write(folder.path().join("data/version"), "4711\n").expect("a file");
    let (code, said) = ends(&mut up(folder.path(), free_ports(SPAN), "none")).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("4711") && said.contains("release"), "{said}");
}

#[tokio::test]
async fn a_java_that_is_too_old_is_named() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempDir::new().expect("a folder");
    let java = folder.path().join("jdk/bin/java");
    fs::create_dir_all(java.parent().expect("a folder")).expect("a folder");
    fs::write(&java, "#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
        .expect("a file");
    fs::set_permissions(&java, fs::Permissions::from_mode(0o755)).expect("it can be run");
    let mut program = up(folder.path(), free_ports(SPAN), "none");
    program.set("JAVA_HOME", "");
    program.set("PATH", java.parent().expect("a folder"));
    let (code, said) = ends(&mut program).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("Java") && said.contains("17"), "{said}");
}
