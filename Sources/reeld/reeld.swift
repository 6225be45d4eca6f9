import Core
import Daemon
import Glibc
import Linux

@main
struct Main {
    static let help = """
        usage: reeld [--config FILE] [--root DIR]
               reeld --check-config [--config FILE] [--root DIR]

        Makes a short video of every job spec dropped in DIR/inbox. Runs in the foreground.

          --config FILE   read this configuration (default: \(ConfigurationFile.standardPath),
                          if it is there)
          --root DIR      work under DIR, whatever the configuration says
          --check-config  check the configuration, print all that is in effect, warn of
                          what it needs and is missing, and exit
          --version       print the version and exit
          --help          print this and exit

        SIGTERM  finish or interrupt the running jobs, then exit
        SIGHUP   read the configuration again

        Exit status: 0 stopped in good order; 64 wrong usage; 71 the system did not let it start;
        75 another reeld works under the root, or the root was replaced; 78 the configuration cannot
        be used.

        """

    static func main() async {
        StandardStreams.fillGaps()
        do throws(CommandLineArguments.Mistake) {
            let arguments = try CommandLineArguments(
                OwnProgram.arguments, valued: ["--config", "--root"],
                plain: ["--check-config", "--version", "--help", "-h"])
            if let operand = arguments.operands.first {
                throw CommandLineArguments.Mistake("'\(operand)' is not an option.")
            }
            exit(await run(arguments.options))
        } catch {
            print(error.description + " Try 'reeld --help'.", to: STDERR_FILENO)
            exit(EX_USAGE)
        }
    }

    private static func run(_ options: [String: String]) async -> Int32 {
        if options["--help"] != nil || options["-h"] != nil {
            print(help, to: STDOUT_FILENO, terminator: "")
            return 0
        }
        if options["--version"] != nil {
            print("reeld \(reeldVersion)", to: STDOUT_FILENO)
            return 0
        }
        let file = ConfigurationFile(path: options["--config"], root: options["--root"])
        guard options["--check-config"] == nil else {
            do throws(Failure) {
                let configuration = try file.read()
                print(try configuration.effective(), to: STDOUT_FILENO, terminator: "")
                for missing in await Survey.findings(configuration, readFrom: file.name) {
                    print("Warning: \(missing)", to: STDERR_FILENO)
                }
                return 0
            } catch {
                print(error.description, to: STDERR_FILENO)
                return EX_CONFIG
            }
        }
        return await Daemon { () throws(Failure) in try file.read() }.run()
    }

    private static func print(_ text: String, to descriptor: Int32, terminator: String = "\n") {
        let bytes = Array((text + terminator).utf8)
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }
}
