// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.it;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The programs of {@code src/consumers}, built by Maven with what a stranger has: a repository with our artifacts, and
 * one with everything else, which is this build's local repository. Nothing is downloaded, and nothing of this build
 * but the jars and POMs is seen.
 */
final class Consumers {

    static final Path ROOT = Path.of(System.getProperty("wagi.root", "..")).toAbsolutePath();
    private static final Path HERE = ROOT.resolve("wagi-it");
    private static final Path TARGET = HERE.resolve("target");
    private static final String VERSION = property("project.version");
    /** With the release profile: where it puts what is published. */
    private static final String RELEASE = System.getProperty("wagi.release", "");

    /** The program {@code boot} once more, with Boot 4 in place of 3.5. */
    static final String BOOT_4 = "boot-4";

    private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");

    private final Path work;
    private final List<String> names;
    private String log = "";

    private Consumers(Path work, List<String> names) {
        this.work = work;
        this.names = names;
    }

    /** Builds all of them. */
    static Consumers build() throws IOException, InterruptedException {
        try (Stream<Path> all = Files.list(HERE.resolve("src/consumers"))) {
            return build(
                    "consumers",
                    Stream.concat(all.map(path -> path.getFileName().toString()), Stream.of(BOOT_4))
                            .sorted()
                            .toList());
        }
    }

    /**
     * Builds some of them.
     *
     * @param directory below {@code target}; no two test classes share one
     */
    static Consumers build(String directory, List<String> names) throws IOException, InterruptedException {
        Consumers consumers = new Consumers(TARGET.resolve(directory), names);
        consumers.compile();
        return consumers;
    }

    private void compile() throws IOException, InterruptedException {
        delete(work);
        Path staging = RELEASE.isEmpty()
                ? stage(work.resolve("staging"))
                : Path.of(RELEASE).resolve("repository");
        for (String name : names) {
            copy(name, work.resolve(name));
            Path resources = Files.createDirectories(work.resolve(name).resolve("src/main/resources"));
            for (String guest : List.of("hello", "http-rust")) {
                Files.copy(
                        ROOT.resolve("samples/modules").resolve(guest).resolve(guest + ".wasm"),
                        resources.resolve(guest + ".wasm"));
            }
        }
        // Else the nested Maven would take this repository's .mvn for its own.
        Files.createDirectories(work.resolve(".mvn"));
        Files.writeString(
                work.resolve("pom.xml"),
                "<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId><artifactId>all</artifactId>"
                        + "<version>1</version><packaging>pom</packaging><modules>"
                        + String.join(
                                "",
                                names.stream()
                                        .map(name -> "<module>" + name + "</module>")
                                        .toList())
                        + "</modules></project>");
        Files.writeString(work.resolve("settings.xml"), """
                <settings>
                  <mirrors>
                    <mirror>
                      <id>everything-else</id>
                      <mirrorOf>*,!staging</mirrorOf>
                      <url>%s</url>
                    </mirror>
                  </mirrors>
                  <profiles>
                    <profile>
                      <id>staging</id>
                      <repositories>
                        <repository>
                          <id>staging</id>
                          <url>%s</url>
                          <snapshots>
                            <enabled>true</enabled>
                            <checksumPolicy>ignore</checksumPolicy>
                          </snapshots>
                        </repository>
                      </repositories>
                      <pluginRepositories>
                        <pluginRepository>
                          <id>staging</id>
                          <url>%s</url>
                          <snapshots>
                            <enabled>true</enabled>
                            <checksumPolicy>ignore</checksumPolicy>
                          </snapshots>
                        </pluginRepository>
                      </pluginRepositories>
                    </profile>
                  </profiles>
                  <activeProfiles>
                    <activeProfile>staging</activeProfile>
                  </activeProfiles>
                </settings>
                """.formatted(
                        Path.of(property("wagi.local.repository")).toUri(), staging.toUri(), staging.toUri()));
        log = maven(
                work,
                goal("resources", "resources"),
                goal("compiler", "compile"),
                goal("dependency", "tree"),
                "-DoutputFile=tree.txt",
                goal("dependency", "build-classpath"),
                "-Dmdep.outputFile=classpath.txt");
    }

    private String maven(Path directory, String... arguments) throws IOException, InterruptedException {
        return run(directory, mavenCommand(arguments));
    }

    private List<String> mavenCommand(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(property("maven.home"), "bin", File.separatorChar == '/' ? "mvn" : "mvn.cmd")
                        .toString(),
                "-B",
                "-ntp",
                "-fae",
                "-s",
                work.resolve("settings.xml").toString(),
                "-Dmaven.repo.local=" + work.resolve("repository"),
                "-Dstyle.color=never"));
        command.addAll(List.of(arguments));
        return command;
    }

    /** Calls Maven for a program, with goals and phases as a person types them; what Maven said. */
    String maven(String name, String... arguments) throws IOException, InterruptedException {
        return maven(work.resolve(name), arguments);
    }

    /** Calls Maven for a program, with a goal that does not end by itself. */
    Process start(String name, String... arguments) throws IOException {
        return builder(work.resolve(name), mavenCommand(arguments)).start();
    }

    /** The directory of a program. */
    Path directory(String name) {
        return work.resolve(name);
    }

    /**
     * Runs a program on the class path; the classes that the JVM loaded, and what it printed, all on lines of their
     * own.
     */
    String runListingClasses(String name) throws IOException, InterruptedException {
        return java(
                "-Xlog:class+load:stdout:none",
                "-cp",
                classes(name) + File.pathSeparator + classpath(name),
                "org.example.Main");
    }

    private static String goal(String plugin, String goal) {
        return "org.apache.maven.plugins:maven-" + plugin + "-plugin:" + property("maven-" + plugin + ".version") + ":"
                + goal;
    }

    /** Their names. */
    List<String> names() {
        return names;
    }

    /** What Maven said. */
    String log() {
        return log;
    }

    /** Artifacts that a program has at run time: {@code group:artifact:version}. */
    List<String> dependencies(String name) throws IOException {
        return Pattern.compile("[+\\\\]- ([^:\\s]+:[^:\\s]+):jar:([^:\\s]+):(?:compile|runtime)")
                .matcher(Files.readString(work.resolve(name).resolve("tree.txt")))
                .results()
                .map((MatchResult match) -> match.group(1) + ":" + match.group(2))
                .toList();
    }

    /** Runs a program on the class path; what it prints to standard output. */
    String run(String name) throws IOException, InterruptedException {
        return java("-cp", classes(name) + File.pathSeparator + classpath(name), "org.example.Main");
    }

    /** Starts a program on the class path that does not end by itself. */
    Process startProgram(String name, String... arguments) throws IOException {
        return startProgram(name, List.of(), arguments);
    }

    /** The same with more options of the JVM. */
    Process startProgram(String name, List<String> options, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(javaCommand(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:SoftRefLRUPolicyMSPerMB=0"));
        command.addAll(options);
        command.addAll(List.of("-cp", classes(name) + File.pathSeparator + classpath(name), "org.example.Main"));
        command.addAll(List.of(arguments));
        Process process = builder(work.resolve(name), command).start();
        // A test that waits for its output would not end otherwise if nothing came.
        CompletableFuture.delayedExecutor(9, TimeUnit.MINUTES).execute(process::destroyForcibly);
        return process;
    }

    /** Runs a program that is a module on the module path, with all of its dependencies there. */
    String runAsModule(String name) throws IOException, InterruptedException {
        return java(
                "-p",
                classes(name) + File.pathSeparator + classpath(name),
                "-m",
                "org.example." + name + "/org.example.Main",
                classes(name).toString());
    }

    /** Packs a program and its dependencies into one jar, and runs that. */
    String runAsFatJar(String name) throws IOException, InterruptedException {
        Path directory = work.resolve(name);
        String packing = maven(directory, goal("jar", "jar"), goal("shade", "shade"));
        Path jar = directory.resolve("target").resolve(name + "-1.jar");
        return Files.exists(jar) ? java("-jar", jar.toString()) : packing;
    }

    private Path classes(String name) {
        return work.resolve(name).resolve("target/classes");
    }

    private String classpath(String name) throws IOException {
        return Files.readString(work.resolve(name).resolve("classpath.txt")).strip();
    }

    private static String javaCommand() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private String java(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(javaCommand());
        command.addAll(List.of(arguments));
        return run(work, command);
    }

    private static String run(Path directory, List<String> command) throws IOException, InterruptedException {
        Process process = builder(directory, command).start();
        process.getOutputStream().close();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            return output.replaceAll("(?m)^SLF4J[^\\n]*\\R", "") + (code == 0 ? "" : "exit code " + code);
        } finally {
            process.destroyForcibly();
        }
    }

    private static ProcessBuilder builder(Path directory, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("MAVEN_"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("MAVEN_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
        // On one stream, so that neither fills up; SLF4J says there that it has no place for the log.
        return builder.redirectErrorStream(true);
    }

    /** A repository of our jars and POMs, as this build made them. */
    private static Path stage(Path repository) throws IOException {
        stage(repository, "wagi-parent", ROOT);
        for (String module : MODULE.matcher(Files.readString(ROOT.resolve("pom.xml")))
                .results()
                .map(match -> match.group(1))
                .toList()) {
            Path directory = ROOT.resolve(module);
            stage(repository, directory.getFileName().toString(), directory);
        }
        return repository;
    }

    private static void stage(Path repository, String artifact, Path directory) throws IOException {
        Path target = Files.createDirectories(
                repository.resolve("dev/wagi").resolve(artifact).resolve(VERSION));
        Files.copy(directory.resolve("pom.xml"), target.resolve(artifact + "-" + VERSION + ".pom"));
        Path jar = directory.resolve("target").resolve(artifact + "-" + VERSION + ".jar");
        try {
            Files.copy(jar, target.resolve(jar.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        } catch (NoSuchFileException e) {
            // No consumer needs it; a parallel build may be making it.
        }
    }

    /** Where a program is in this repository. */
    static Path source(String name) {
        return HERE.resolve("src/consumers").resolve(name.equals(BOOT_4) ? "boot" : name);
    }

    private static void copy(String program, Path to) throws IOException {
        Path from = source(program);
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.filter(Files::isRegularFile).toList()) {
                Path target = to.resolve(from.relativize(path).toString());
                Files.createDirectories(target.getParent());
                String text = Files.readString(path);
                if (program.equals(BOOT_4)) {
                    text = text.replace("@spring-boot.version@", "@spring-boot-4.version@")
                            .replace("<artifactId>hello</artifactId>", "<artifactId>hello-4</artifactId>");
                }
                Files.writeString(target, withVersions(text));
            }
        }
    }

    /** Puts versions of this build in where a text names their properties. */
    static String withVersions(String text) {
        String replaced = text;
        for (String name : List.of(
                "project.version",
                "tomcat.version",
                "spring-boot.version",
                "spring-boot-4.version",
                "maven-compiler.version",
                "maven-resources.version",
                "maven-shade.version")) {
            replaced = replaced.replace("@" + name + "@", property(name));
        }
        return replaced;
    }

    private static void delete(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> all = Files.walk(directory)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    static String property(String name) {
        String value = System.getProperty(name);
        if (value == null) {
            throw new IllegalStateException(name + " is not set; run this with mvn verify");
        }
        return value;
    }
}
