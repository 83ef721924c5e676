// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file wagi.cmd does what the file wagi does. No Windows is needed: what it says is compared. */
class WindowsLauncherTest {

    private final String shell = read("wagi");
    private final String batch = read("wagi.cmd").replace("\r\n", "\n");

    private static String read(String file) {
        try {
            return Files.readString(Cli.ROOT.resolve(file));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Labels of a batch file with other line ends are not always found. */
    @Test
    void lines_endAsWindowsWants() {
        assertThat(read(".gitattributes").lines()).contains("*.cmd text eol=crlf");
    }

    @Test
    void options_ofTheJvm_areTheSame() {
        assertThat(options(batch)).containsExactlyElementsOf(options(shell)).hasSizeGreaterThan(15);
        assertThat(all(batch, "set \"QUIET=([^\"]*)\""))
                .containsExactlyInAnyOrderElementsOf(all(shell, "quiet='([^']*)'"));
        assertThat(all(batch, "set \"USE=([^\"]*)\""))
                .containsExactlyInAnyOrderElementsOf(all(shell, "    use=(\\S+)"));
        assertThat(all(batch, "set \"TRAIN=([^\"]*)\""))
                .containsExactlyInAnyOrderElementsOf(all(shell, "    train=(-\\S+)"));
    }

    /** In the order in which they are written: those of every start, then those of the small profile. */
    private static List<String> options(String script) {
        return script.lines()
                .map(String::strip)
                .filter(line -> line.matches("(set \")?(flags|profile|FLAGS|PROFILE)=\"?[-$%].*"))
                .flatMap(line -> all(line.replace("$quiet", "%QUIET%"), "(-X[^\\s\"]+)").stream())
                .toList();
    }

    @Test
    void archives_haveTheSameNames() {
        assertThat(all(batch, "wagi-%VERSION%(\\.\\w+)\"")).containsExactlyInAnyOrder(".jsa", ".aot");
        assertThat(shell).contains("wagi-$version.aot", "wagi-${version:-java}.jsa");
        assertThat(batch).contains("wagi-java.jsa");
    }

    @Test
    void variables_areTheSame() {
        assertThat(all(batch, "rem   ([A-Z_]+)  +\\w")).isEqualTo(all(shell, "#   ([A-Z_]+)  +\\w"));
    }

    @Test
    void versions_areTheSame() {
        assertThat(all(shell, "-lt (\\d+) \\]")).containsExactly("17");
        assertThat(all(shell, "-ge (\\d+) \\]")).containsExactly("25");
        assertThat(all(batch, "%MAJOR% \\w+ (\\d+) ")).containsExactly("17", "25");
    }

    @Test
    void build_isTheSame() {
        String build = "-q -B -Dstyle.color=never -f ";
        assertThat(shell).contains(build + "\"$root/pom.xml\" -pl wagi-cli -am -Dquickly ");
        assertThat(batch).contains(build + "\"%ROOT%pom.xml\" -pl wagi-cli -am -Dquickly ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "correct or unset it, or",
                "there is no java on the PATH and JAVA_HOME is not set;",
                "too old;",
                "which is no profile; set it to small, or unset it",
                "building, the first time takes a minute ...",
                "the build failed; its output is above and in "
            })
    void messages_areTheSame(String text) {
        assertThat(shell).contains(text);
        assertThat(batch).contains(text);
    }

    @Test
    void labels_areThereOnce_andAllAreUsed() {
        List<String> labels = all(batch, "(?m)^:(\\w+)$");
        assertThat(labels).doesNotHaveDuplicates();
        assertThat(all(batch, "goto (\\w+)").stream().distinct()).containsExactlyInAnyOrderElementsOf(labels);
    }

    /** A variable in a block of parentheses has the value that it had before the block, so there are no blocks. */
    @Test
    void blocks_areNotUsed() {
        assertThat(batch.lines().map(String::strip)).noneMatch(line -> line.endsWith("(") || line.equals(")"));
    }

    /**
     * Otherwise an exclamation mark in an argument would vanish, and variables would be left behind in the caller's
     * shell.
     */
    @Test
    void arguments_arePassedOnAsTheyAre_andSoIsTheExitCode() {
        assertThat(batch).contains("\nsetlocal EnableExtensions DisableDelayedExpansion\n");
        assertThat(batch).endsWith(" -jar \"%JAR%\" %*\nexit /b %ERRORLEVEL%\n");
    }

    @Test
    void errors_goToStandardError_andEndWithOne() {
        List<String> lines = batch.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).contains("echo wagi: ")) {
                assertThat(lines.get(i)).startsWith(">&2 echo ");
                if (!lines.get(i).contains("building, ")) {
                    assertThat(lines.get(i + 1)).isEqualTo("exit /b 1");
                }
            }
        }
    }

    private static List<String> all(String text, String regex) {
        return Pattern.compile(regex)
                .matcher(text)
                .results()
                .map((MatchResult found) -> found.group(1))
                .toList();
    }
}
