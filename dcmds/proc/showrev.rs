//! `::showrev`: the system that the core was written on.

use jsdb::image::{Machine, text};
use jsdb::shell::{Context, Dcmd, Example, Opt, OptValue, Result, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "showrev",
    subject: Subject::Process,
    summary: "print version information",
    options: &[
        Opt { letter: 'p', value: OptValue::Flag, help: "patches of the load objects" },
        Opt { letter: 'v', value: OptValue::Flag, help: "versions of the load objects" },
    ],
    help: "Prints the host, the release and the version of the system that the core was written on. With -v, the\n\
           versions of the load objects, which few have.",
    examples: &[
        Example {
            why: "which system",
            line: "::showrev",
            shows: r##"
Hostname: lab
Release: 5.11
Kernel architecture: i86pc
Application architecture: amd64
Kernel version: SunOS 5.11 i86pc joyent_20150101T000000Z
Platform: i86pc
"##,
        },
        Example { why: "patches and versions", line: "::showrev -pv ! wc -l", shows: "1" },
    ],
    see_also: &["status", "objects"],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    let image = &ctx.session.image;
    if ctx.args.has('p') || ctx.args.has('v') {
        if ctx.args.has('v') && !image.objects.is_empty() {
            let names: Vec<&str> = image.objects.iter().map(|o| o.path.as_str()).collect();
            ctx.out.text(format_args!("Version: Unknown  Objects: {}\n", names.join(" ")));
        }
        return Ok(());
    }
    let isa = match image.machine {
        Machine::I386 => "i386",
        Machine::Amd64 => "amd64",
    };
    match &image.process.utsname {
        Some(uts) => {
            let [sys, node, release, version, machine] =
                [&uts.sysname, &uts.nodename, &uts.release, &uts.version, &uts.machine]
                    .map(|field| text::printable(field));
            ctx.out.text(format_args!("Hostname: {node}\nRelease: {release}\nKernel architecture: {machine}\n"));
            ctx.out.text(format_args!("Application architecture: {isa}\n"));
            ctx.out.text(format_args!("Kernel version: {sys} {release} {machine} {version}\n"));
        }
        None => ctx.out.text(format_args!("Application architecture: {isa}\n")),
    }
    if let Some(platform) = &image.process.platform {
        ctx.out.text(format_args!("Platform: {}\n", text::printable(platform)));
    }
    Ok(())
}
