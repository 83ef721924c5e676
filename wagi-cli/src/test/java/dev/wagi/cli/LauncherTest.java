// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The script {@code wagi} at the root, in a copy of the repository, or in a distribution, where Java and Maven only
 * note down how they were called.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "a shell script")
class LauncherTest {

    private static final List<String> TOOLS = List.of(
            "cat", "chmod", "find", "head", "kill", "mkdir", "mkfifo", "mv", "readlink", "rm", "sed", "sleep", "touch");

    private static final String BUILDING = "wagi: building, the first time takes a minute ...";
    private static final String GET_JDK =
            "install a JDK, 17 or newer (Debian: apt-get install openjdk-17-jdk-headless; others:"
                    + " https://adoptium.net)";

    @TempDir
    private Path directory;

    private Path repository;
    private Path jdk;
    private Path tools;
    private Path maven;
    private Path calls;
    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void createRepository() throws IOException {
        directory = directory.toRealPath();
        calls = directory.resolve("calls.txt");
        repository = directory.resolve("a repository");
        for (String module : List.of("wagi-core", "wagi-server", "wagi-cli", "wagi-bench", "extensions/wagi-wat")) {
            touch(module + "/pom.xml");
            touch(module + "/src/main/java/A.java");
            touch(module + "/src/test/java/ATest.java");
        }
        touch("pom.xml");
        Files.copy(Cli.ROOT.resolve("wagi"), repository.resolve("wagi"));

        jdk = Files.createDirectories(directory.resolve("jdk"));
        Files.writeString(jdk.resolve("release"), "IMPLEMENTOR=\"x=y\"\nJAVA_VERSION=\"17.0.1\"\n");
        script(jdk.resolve("bin/javac"), "");
        script(jdk.resolve("bin/java"), """
                case $* in
                    *ArchiveClassesAtExit*' train -c '*/samples/modules.toml) ;;
                    *) echo "java $*" >>'%s'; exit 7 ;;
                esac
                """.formatted(calls));
        maven = directory.resolve("maven");
        script(maven.resolve("mvn"), """
                echo "mvn $*" >>'%1$s'
                echo jar >'%2$s/wagi-cli/target/wagi.jar'
                """.formatted(calls, repository));
        tools = Files.createDirectories(directory.resolve("tools"));
        for (String tool : TOOLS) {
            script(tools.resolve(tool), "exec " + find(tool) + " \"$@\"\n");
        }
        path(tools, maven, jdk.resolve("bin"));
    }

    @Test
    void script_isPosixShell() {
        assertThat(Cli.finish(Cli.start(new ProcessBuilder("sh", "-n", Cli.ROOT + "/wagi")), new byte[0])
                        .code())
                .isZero();
    }

    @Test
    void run_noJar_isBuiltAndRun() throws IOException {
        Cli.Result result = wagi("routes", "-c", "a  b.toml");

        assertThat(calls())
                .containsExactly(
                        "mvn -q -B -Dstyle.color=never -f " + repository
                                + "/pom.xml -pl wagi-cli -am -Dquickly package",
                        "java -XX:-DontCompileHugeMethods -Xss2m -Xlog:disable -Xlog:all=warning,cds*=off:stderr -Dwagi.dedicated=true -jar "
                                + jar() + " routes -c a  b.toml");
        assertThat(result.stderr().lines()).containsExactly(BUILDING);
        assertThat(result.code()).isEqualTo(7);
    }

    @Test
    void run_freshJar_isOnlyRun() throws IOException {
        touch("wagi-cli/target/wagi.jar");
        old("wagi-core/src/main/java/A.java");

        Cli.Result result = wagi("-V");

        assertThat(calls()).singleElement().asString().startsWith("java ").endsWith(jar() + " -V");
        assertThat(result.stderr()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pom.xml",
                "wagi-core/pom.xml",
                "wagi-server/src/main/java/A.java",
                "extensions/wagi-wat/src/main/java/A.java",
                "extensions/wagi-wat/pom.xml",
                "wagi-cli/src/main/resources/new.properties"
            })
    void run_newerSource_isBuilt(String source) throws IOException {
        touch("wagi-cli/target/wagi.jar");
        old("wagi-cli/target/wagi.jar");
        touch(source);

        wagi("-V");

        assertThat(calls()).hasSize(2).first().asString().startsWith("mvn ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"wagi-cli/src/test/java/ATest.java", "wagi-bench/src/main/java/A.java"})
    void run_newerTest_isNotBuilt(String source) throws IOException {
        touch("wagi-cli/target/wagi.jar");
        touch(source);
        Files.setLastModifiedTime(
                repository.resolve(source), FileTime.from(Instant.now().plusSeconds(60)));

        wagi("-V");

        assertThat(calls()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "17.0.1, wagi-17.0.1.jsa, -XX:SharedArchiveFile=",
        "24.0.2, wagi-24.0.2.jsa, -XX:SharedArchiveFile=",
        "25.0.1, wagi-25.0.1.aot, -XX:AOTCache="
    })
    void run_archiveNewerThanJar_isUsed(String version, String archive, String flag) throws IOException {
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"");
        touch("wagi-cli/target/wagi.jar");
        old("wagi-cli/target/wagi.jar");
        Stream.of("pom.xml", "wagi-core", "wagi-server", "wagi-cli", "wagi-bench", "extensions")
                .forEach(this::oldTree);
        touch("wagi-cli/target/" + archive);

        wagi("-V");

        assertThat(calls())
                .singleElement()
                .asString()
                .contains(" " + flag + repository + "/wagi-cli/target/" + archive + " -jar ");
    }

    /** The options are those of a later start, because an archive fits the options with which it was made. */
    @ParameterizedTest
    @CsvSource({"17.0.1, wagi-17.0.1.jsa, -XX:ArchiveClassesAtExit=", "25.0.1, wagi-25.0.1.aot, -XX:AOTCacheOutput="})
    void train_keepsWhatTheJvmWrites(String version, String archive, String flag) throws IOException {
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"");
        touch("wagi-cli/target/wagi.jar");
        touch("wagi-cli/target/" + archive);
        writingJava(flag, 0);
        environment.put("WAGI_JAVA_OPTS", "-Xmx1g");

        Cli.Result result = wagi("train", "-c", "a  b.toml");

        assertThat(calls())
                .singleElement()
                .asString()
                .contains(" -XX:-DontCompileHugeMethods ", " -Xmx1g -jar ")
                .endsWith(jar() + " train -c a  b.toml");
        Path written = repository.resolve("wagi-cli/target").resolve(archive);
        assertThat(result.stderr().lines())
                .containsExactly("wagi: wrote " + written + "; starts with this Java and this jar use it");
        assertThat(result.code()).isZero();
        assertThat(written).hasContent("archive");
        assertThat(Files.getPosixFilePermissions(written)).isEqualTo(PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(written.resolveSibling("wagi.lock")).doesNotExist();
    }

    @Test
    void train_fails_leavesTheArchiveThatWasThere() throws IOException {
        touch("wagi-cli/target/wagi.jar");
        touch("wagi-cli/target/wagi-17.0.1.jsa");
        List<Path> before = files();
        writingJava("-XX:ArchiveClassesAtExit=", 1);

        assertThat(wagi("train").code()).isEqualTo(1);

        assertThat(repository.resolve("wagi-cli/target/wagi-17.0.1.jsa")).hasContent("x");
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void train_jvmWritesNothing_isAnError() throws IOException {
        touch("wagi-cli/target/wagi.jar");
        script(jdk.resolve("bin/java"), "");

        fails(
                "the JVM wrote no archive of classes; is there enough memory and room in " + repository
                        + "/wagi-cli/target?",
                "train");
    }

    /** An archive of a start that only shows a text would make other starts slower. */
    @Test
    void train_help_writesNoArchive() throws IOException {
        touch("wagi-cli/target/wagi.jar");

        wagi("train", "--help");

        assertThat(calls()).singleElement().asString().doesNotContain("Archive").endsWith(" train --help");
    }

    private void writingJava(String flag, int code) throws IOException {
        script(jdk.resolve("bin/java"), """
                echo "java $*" >>'%s'
                for word; do
                    case $word in %2$s*) echo archive >"${word#*=}" ;; esac
                done
                exit %3$d
                """.formatted(calls, flag, code));
    }

    @Test
    void run_throughLinks_findsItsRepository() throws IOException {
        touch("wagi-cli/target/wagi.jar");
        Path links = Files.createDirectories(directory.resolve("links"));
        Files.createSymbolicLink(links.resolve("first"), Path.of("../a repository/wagi"));
        Files.createSymbolicLink(directory.resolve("second"), links.resolve("first"));

        finish(new ProcessBuilder("/bin/sh", "second", "-V").directory(directory.toFile()));

        assertThat(calls()).singleElement().asString().endsWith(jar() + " -V");
    }

    @Test
    void run_options_arePassedOn() throws IOException {
        environment.put("WAGI_JAVA_OPTS", "-Xmx1g -Da=*");
        environment.put("WAGI_MAVEN_ARGS", "-o");
        environment.put("MAVEN_ARGS", "-Dmaven.repo.local=/m2");

        wagi("-V");

        assertThat(calls()).first().asString().endsWith(" -Dquickly -Dmaven.repo.local=/m2 -o package");
        assertThat(calls()).last().asString().contains(" -Xmx1g -Da=* -jar ");
    }

    /** What the options of the user say counts for more, because they come later. */
    @Test
    void run_smallProfile_setsOptionsBeforeThoseOfTheUser() throws IOException {
        touch("wagi-cli/target/wagi.jar");
        environment.put("WAGI_PROFILE", "small");
        environment.put("WAGI_JAVA_OPTS", "-Xmn20m");

        wagi("serve");

        assertThat(calls())
                .singleElement()
                .asString()
                .containsSubsequence("-XX:+UseSerialGC", "-XX:MaxRAM=256m", "-Xmn8m", "-Xmn20m", "-jar");
    }

    @Test
    void run_unknownProfile_isAnError() throws IOException {
        touch("wagi-cli/target/wagi.jar");
        environment.put("WAGI_PROFILE", "tiny");

        fails("WAGI_PROFILE is tiny, which is no profile; set it to small, or unset it");
    }

    @Test
    void run_javaHome_isPreferred() throws IOException {
        touch("wagi-cli/target/wagi.jar");
        environment.put("JAVA_HOME", jdk.toString());
        path(tools);

        assertThat(wagi("-V").code()).isEqualTo(7);
    }

    @Test
    void run_distribution_isOnlyRun() throws IOException {
        ProcessBuilder command = distribution();
        touch("lib/wagi.jar");
        // Another version of Java than this one's.
        touch("lib/wagi-17.0.2.jsa");
        path(tools, jdk.resolve("bin"));
        List<Path> before = files();

        Cli.Result result = finish(command);

        assertThat(calls())
                .containsExactly(
                        "java -XX:-DontCompileHugeMethods -Xss2m -Xlog:disable -Xlog:all=warning,cds*=off:stderr -Dwagi.dedicated=true -jar "
                                + repository + "/lib/wagi.jar routes");
        assertThat(result.stderr()).isEmpty();
        assertThat(result.code()).isEqualTo(7);
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void run_distributionWithRuntimeAndArchive_usesThem() throws IOException {
        ProcessBuilder command = distribution();
        touch("lib/wagi-17.0.1.jsa");
        // As in an archive whose files all have one time.
        old("lib/wagi-17.0.1.jsa");
        touch("lib/wagi.jar");
        Path runtime = repository.resolve("runtime");
        Files.createDirectories(runtime);
        Files.copy(jdk.resolve("release"), runtime.resolve("release"));
        script(runtime.resolve("bin/java"), "echo \"runtime $*\" >>'" + calls + "'\n");
        environment.put("JAVA_HOME", directory.resolve("no jdk").toString());

        Cli.Result result = finish(command);

        assertThat(calls())
                .singleElement()
                .asString()
                .startsWith("runtime ")
                .endsWith("-XX:SharedArchiveFile=" + repository + "/lib/wagi-17.0.1.jsa -jar " + repository
                        + "/lib/wagi.jar routes");
        assertThat(result.stderr()).isEmpty();
    }

    @Test
    void run_distributionWithoutJava_isAnError() throws IOException {
        ProcessBuilder command = distribution();
        touch("lib/wagi.jar");
        path(tools);

        assertThat(finish(command).stderr())
                .isEqualToIgnoringNewLines("wagi: there is no java on the PATH and JAVA_HOME is not set; "
                        + GET_JDK.replace("a JDK", "Java").replace("jdk-headless", "jre-headless"));
    }

    @Test
    void run_noJava_isAnError() throws IOException {
        path(tools, maven);

        fails("there is no java on the PATH and JAVA_HOME is not set; " + GET_JDK);
    }

    @Test
    void run_wrongJavaHome_isAnError() throws IOException {
        environment.put("JAVA_HOME", "/absent");

        fails("JAVA_HOME is /absent, but there is no bin/java in it; correct or unset it, or " + GET_JDK);
    }

    @Test
    void run_oldJava_isAnError() throws IOException {
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"11.0.2\"");

        fails(jdk + "/bin/java is Java 11.0.2, too old; " + GET_JDK);
    }

    @Test
    void run_oldJavaWithoutReleaseFile_isAnError() throws IOException {
        Files.delete(jdk.resolve("release"));
        script(jdk.resolve("bin/java"), "echo 'openjdk version \"1.8.0_392\" 2023-10-17' >&2");

        fails(jdk + "/bin/java is Java 1.8.0_392, too old; " + GET_JDK);
    }

    @Test
    void run_noMaven_isAnError() throws IOException {
        path(tools, jdk.resolve("bin"));

        fails("building needs Maven, and there is no mvn on the PATH; install Maven, 3.8.1 or newer (Debian: apt-get"
                + " install maven; others: https://maven.apache.org/install.html)");
    }

    @Test
    void run_noCompiler_isAnError() throws IOException {
        Files.delete(jdk.resolve("bin/javac"));

        fails("building needs a Java compiler, and there is no javac on the PATH; " + GET_JDK);
    }

    @Test
    void run_buildFails_showsItsOutput() throws IOException {
        script(maven.resolve("mvn"), "echo '[ERROR] no'; exit 1");

        Cli.Result result = wagi("-V");

        assertThat(result.stderr().lines())
                .containsExactly(
                        BUILDING,
                        "[ERROR] no",
                        "wagi: the build failed; its output is above and in " + repository
                                + "/wagi-cli/target/wagi-build.log");
        assertThat(result.code()).isEqualTo(1);
        assertThat(repository.resolve("wagi-cli/target/wagi.lock")).doesNotExist();
    }

    @Test
    void run_whileAnotherBuilds_waits() throws IOException {
        Path gate = directory.resolve("gate");
        finish(new ProcessBuilder(tools.resolve("mkfifo").toString(), gate.toString()));
        script(maven.resolve("mvn"), """
                echo "mvn" >>'%1$s'
                read -r go <'%3$s'
                echo jar >'%2$s/wagi-cli/target/wagi.jar'
                """.formatted(calls, repository, gate));
        Process first = Cli.start(prepare(command("first")));
        try (BufferedReader stderr = first.errorReader(StandardCharsets.UTF_8)) {
            assertThat(stderr.readLine()).isEqualTo(BUILDING);
            Process second = Cli.start(prepare(command("second")));
            try (BufferedReader waiting = second.errorReader(StandardCharsets.UTF_8)) {
                assertThat(waiting.readLine())
                        .isEqualTo("wagi: waiting for the build of process " + first.pid()
                                + "; if there is none, remove " + repository + "/wagi-cli/target/wagi.lock");
                Files.writeString(gate, "go\n");
                assertThat(waiting.readLine()).isNull();
            }
            assertThat(stderr.readLine()).isNull();
        }

        assertThat(calls()).hasSize(3).first().isEqualTo("mvn");
        assertThat(calls()).filteredOn(call -> call.endsWith("first")).hasSize(1);
        assertThat(calls()).last().asString().endsWith("second");
    }

    @Test
    void run_lockOfADeadProcess_isTakenOver() throws IOException {
        Process dead = Cli.start(new ProcessBuilder("sh", "-c", ":"));
        Cli.finish(dead, new byte[0]);
        Files.writeString(
                Files.createDirectories(repository.resolve("wagi-cli/target/wagi.lock"))
                        .resolve("pid"),
                dead.pid() + "\n");

        Cli.Result result = wagi("-V");

        assertThat(result.stderr().lines()).containsExactly(BUILDING);
        assertThat(result.code()).isEqualTo(7);
    }

    private void fails(String message) throws IOException {
        fails(message, "-V");
    }

    private void fails(String message, String command) throws IOException {
        Cli.Result result = wagi(command);

        assertThat(result.stderr().lines()).containsExactly("wagi: " + message);
        assertThat(result.code()).isEqualTo(1);
        assertThat(calls()).isEmpty();
    }

    private Cli.Result wagi(String... args) {
        return finish(command(args));
    }

    private ProcessBuilder command(String... args) {
        List<String> command =
                new ArrayList<>(List.of("/bin/sh", repository.resolve("wagi").toString()));
        command.addAll(List.of(args));
        return new ProcessBuilder(command);
    }

    /** Makes the repository a distribution, called through a link. */
    private ProcessBuilder distribution() throws IOException {
        repository = Files.createDirectories(directory.resolve("a distribution"));
        Files.createDirectories(repository.resolve("bin"));
        Files.copy(Cli.ROOT.resolve("wagi"), repository.resolve("bin/wagi"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), repository.resolve("bin/wagi"));
        return new ProcessBuilder(link.toString(), "routes");
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(repository)) {
            return all.sorted().toList();
        }
    }

    private Cli.Result finish(ProcessBuilder command) {
        return Cli.finish(Cli.start(prepare(command)), new byte[0]);
    }

    private ProcessBuilder prepare(ProcessBuilder command) {
        command.environment().clear();
        command.environment().putAll(environment);
        return command;
    }

    private void path(Path... directories) {
        environment.put(
                "PATH",
                String.join(":", Stream.of(directories).map(Path::toString).toList()));
    }

    private List<String> calls() throws IOException {
        return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
    }

    private Path jar() {
        return repository.resolve("wagi-cli/target/wagi.jar");
    }

    private void touch(String file) throws IOException {
        Path path = repository.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, "x");
    }

    private void old(String file) {
        try {
            Files.setLastModifiedTime(repository.resolve(file), FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void oldTree(String start) {
        try (Stream<Path> files = Files.walk(repository.resolve(start))) {
            files.map(Path::toString).forEach(this::old);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void script(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static Path find(String tool) {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(directory -> Path.of(directory, tool))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new AssertionError("there is no " + tool + " on the PATH"));
    }
}
