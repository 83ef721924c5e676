// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.toolchain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Links between the documents lead to files and headings that exist, and so do the questions that sources refer to. */
class LinksTest {

    private static final Path ROOT =
            Path.of(System.getProperty("wagi.root", "..")).normalize();

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern EXTERNAL = Pattern.compile("[a-z]+:.*");
    private static final Pattern FENCED = Pattern.compile("(?ms)^```.*?^```");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
    private static final Pattern QUESTION = Pattern.compile("([\\w/-]*RATIONALE\\.md), \"([^\"]+\\?)\"");

    @Test
    void links_ofDocuments_leadSomewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        int checked = 0;
        for (Path document : files(".md")) {
            String text = FENCED.matcher(Files.readString(document)).replaceAll("");
            for (String link :
                    LINK.matcher(text).results().map(match -> match.group(1)).toList()) {
                if (EXTERNAL.matcher(link).matches()) {
                    continue;
                }
                String[] parts = link.split("#", 2);
                Path target = parts[0].isEmpty()
                        ? document
                        : document.resolveSibling(parts[0]).normalize();
                if (!Files.exists(target)
                        || parts.length == 2 && !anchors(target).contains(parts[1])) {
                    broken.add(ROOT.relativize(document) + ": " + link);
                }
                checked++;
            }
        }

        assertThat(broken).isEmpty();
        assertThat(checked).isGreaterThan(100);
    }

    @Test
    void contents_ofRationales_haveEveryQuestion() throws IOException {
        for (String directory : List.of("", "wagi-core", "wagi-oci")) {
            Path document = ROOT.resolve(directory).resolve("RATIONALE.md");
            String text = Files.readString(document);
            for (String heading : headings(text)) {
                if (heading.endsWith("?")) {
                    assertThat(text).contains("](#" + anchor(heading) + ")");
                }
            }
        }
    }

    @Test
    void questions_inSources_areHeadings() throws IOException {
        List<String> broken = new ArrayList<>();
        int checked = 0;
        for (Path source : files(".java")) {
            String text = Files.readString(source).replaceAll("\\n\\s*(\\*|//) ", " ");
            for (MatchResult reference : QUESTION.matcher(text).results().toList()) {
                Path document = ROOT.resolve(reference.group(1));
                if (!Files.exists(document)
                        || !headings(Files.readString(document)).contains(reference.group(2))) {
                    broken.add(ROOT.relativize(source) + ": " + reference.group());
                }
                checked++;
            }
        }

        assertThat(broken).isEmpty();
        assertThat(checked).isPositive();
    }

    private static List<String> headings(String document) {
        return HEADING.matcher(FENCED.matcher(document).replaceAll(""))
                .results()
                .map(match -> match.group(1).strip())
                .toList();
    }

    /** The anchors that GitHub gives the headings of a document. */
    private static Set<String> anchors(Path document) throws IOException {
        Set<String> anchors = new TreeSet<>();
        Map<String, Integer> times = new HashMap<>();
        for (String heading : headings(Files.readString(document))) {
            String anchor = anchor(heading);
            int before = times.merge(anchor, 1, Integer::sum) - 1;
            anchors.add(before == 0 ? anchor : anchor + "-" + before);
        }
        return anchors;
    }

    private static String anchor(String heading) {
        return heading.toLowerCase(Locale.ROOT)
                .replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1")
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }

    /** The repository's files with this ending; neither what was built nor what is hidden. */
    private static List<Path> files(String ending) throws IOException {
        List<Path> found = new ArrayList<>();
        Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                String name = directory.getFileName().toString();
                boolean skipped = name.equals("target") || name.startsWith(".") && !name.equals("..");
                return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.getFileName().toString().endsWith(ending)) {
                    found.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return found;
    }
}
