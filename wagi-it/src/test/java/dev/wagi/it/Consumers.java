// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.it;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The programs of {@code src/consumers}, built by Maven with what a stranger has: a repository with our artifacts, and one with
 * everything else, which is this build's local repository. Nothing is downloaded, and nothing of this build but the jars and
 * POMs is seen.
 */
final class Consumers {

    static final Path ROOT = Path.of(System.getProperty("wagi.root", "..")).toAbsolutePath();
    private static final Path HERE = ROOT.resolve("wagi-it");
    private static final Path WORK = HERE.resolve("target/consumers");
    private static final String VERSION = property("project.version");
    /** With the release profile: where it puts what is published. */
    private static final String RELEASE = System.getProperty("wagi.release", "");

    private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");

    private final List<String> names;
    private final String log;

    private Consumers(List<String> names, String log) {
        this.names = names;
        this.log = log;
    }

    /** Builds all of them. */
    static Consumers build() throws IOException, InterruptedException {
        delete(WORK);
        Path staging = RELEASE.isEmpty()
                ? stage(WORK.resolve("staging"))
                : Path.of(RELEASE).resolve("repository");
        List<String> names;
        try (Stream<Path> all = Files.list(HERE.resolve("src/consumers"))) {
            names = all.map(path -> path.getFileName().toString()).sorted().toList();
        }
        for (String name : names) {
            copy(HERE.resolve("src/consumers").resolve(name), WORK.resolve(name));
            Path resources = Files.createDirectories(WORK.resolve(name).resolve("src/main/resources"));
            for (String guest : List.of("hello", "http-rust")) {
                Files.copy(
                        ROOT.resolve("samples/modules").resolve(guest).resolve(guest + ".wasm"),
                        resources.resolve(guest + ".wasm"));
            }
        }
        // Else the nested Maven would take this repository's .mvn for its own.
        Files.createDirectories(WORK.resolve(".mvn"));
        Files.writeString(
                WORK.resolve("pom.xml"),
                "<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId><artifactId>all</artifactId>"
                        + "<version>1</version><packaging>pom</packaging><modules>"
                        + String.join(
                                "",
                                names.stream()
                                        .map(name -> "<module>" + name + "</module>")
                                        .toList())
                        + "</modules></project>");
        Files.writeString(WORK.resolve("settings.xml"), """
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
                    </profile>
                  </profiles>
                  <activeProfiles>
                    <activeProfile>staging</activeProfile>
                  </activeProfiles>
                </settings>
                """.formatted(
                        Path.of(property("wagi.local.repository")).toUri(), staging.toUri()));
        String log = maven(
                WORK,
                goal("resources", "resources"),
                goal("compiler", "compile"),
                goal("dependency", "tree"),
                "-DoutputFile=tree.txt",
                goal("dependency", "build-classpath"),
                "-Dmdep.outputFile=classpath.txt");
        return new Consumers(names, log);
    }

    private static String maven(Path directory, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(property("maven.home"), "bin", File.separatorChar == '/' ? "mvn" : "mvn.cmd")
                        .toString(),
                "-B",
                "-ntp",
                "-fae",
                "-s",
                WORK.resolve("settings.xml").toString(),
                "-Dmaven.repo.local=" + WORK.resolve("repository"),
                "-Dstyle.color=never"));
        command.addAll(List.of(arguments));
        return run(directory, command);
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
                .matcher(Files.readString(WORK.resolve(name).resolve("tree.txt")))
                .results()
                .map((MatchResult match) -> match.group(1) + ":" + match.group(2))
                .toList();
    }

    /** Runs a program on the class path; what it prints to standard output. */
    String run(String name) throws IOException, InterruptedException {
        return java("-cp", classes(name) + File.pathSeparator + classpath(name), "org.example.Main");
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
        Path directory = WORK.resolve(name);
        String packing = maven(directory, goal("jar", "jar"), goal("shade", "shade"));
        Path jar = directory.resolve("target").resolve(name + "-1.jar");
        return Files.exists(jar) ? java("-jar", jar.toString()) : packing;
    }

    private static Path classes(String name) {
        return WORK.resolve(name).resolve("target/classes");
    }

    private static String classpath(String name) throws IOException {
        return Files.readString(WORK.resolve(name).resolve("classpath.txt")).strip();
    }

    private static String java(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(arguments));
        return run(WORK, command);
    }

    private static String run(Path directory, List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("MAVEN_"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("MAVEN_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
        // On one stream, so that neither fills up; SLF4J says there that it has no place for the log.
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            return output.replaceAll("(?m)^SLF4J[^\\n]*\\R", "") + (code == 0 ? "" : "exit code " + code);
        } finally {
            process.destroyForcibly();
        }
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
        if (Files.exists(jar)) {
            Files.copy(jar, target.resolve(jar.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.filter(Files::isRegularFile).toList()) {
                Path target = to.resolve(from.relativize(path).toString());
                Files.createDirectories(target.getParent());
                String text = Files.readString(path);
                for (String name : List.of("project.version", "tomcat.version", "maven-shade.version")) {
                    text = text.replace("@" + name + "@", property(name));
                }
                Files.writeString(target, text);
            }
        }
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
