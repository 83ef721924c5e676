// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes.internal;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.wagi.config.internal.TreeReader;
import dev.wagi.core.api.Remedy;
import dev.wagi.core.internal.sandbox.Escape;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A manifest file: YAML with one or more documents, or JSON. */
final class ManifestFile {

    /** The limit of the YAML parser as well. Kubernetes does not store objects larger than 1.5 MiB. */
    private static final long MAX_BYTES = 3L << 20;

    private static final JsonFactory YAML = YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private ManifestFile() {}

    /** Reads the objects of a file, including those in Lists. Errors are added to the findings. */
    static List<Section> read(Path file, Findings findings) {
        List<Section> objects = new ArrayList<>();
        String place = file.toString();
        String text;
        try {
            if (Files.isDirectory(file)) {
                findings.problem(place, "is a directory; name the manifest in it");
                return objects;
            }
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                findings.problem(place, "is not a regular file; name a Kubernetes manifest");
                return objects;
            }
            if (Files.size(file) > MAX_BYTES) {
                findings.problem(place, "is larger than " + (MAX_BYTES >> 20) + " MiB; is it a Kubernetes manifest?");
                return objects;
            }
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            findings.problem(place, "there is no such manifest", Remedy.CHECK_MANIFEST);
            return objects;
        } catch (CharacterCodingException e) {
            findings.problem(place, "is not UTF-8 text; save it as UTF-8");
            return objects;
        } catch (IOException e) {
            findings.problem(place, "cannot be read: " + e);
            return objects;
        }
        // The YAML parser accepts most JSON, but not tabs.
        boolean json = file.toString().toLowerCase(Locale.ROOT).endsWith(".json")
                || text.stripLeading().startsWith("{");
        try (JsonParser parser = (json ? JSON : YAML).createParser(text)) {
            TreeReader reader = new TreeReader(parser);
            int number = 0;
            for (JsonNode root = reader.next(); root != null; root = reader.next()) {
                number++;
                add(place + ", document " + number, root, findings, objects);
            }
        } catch (JacksonException e) {
            JsonLocation at = e.getLocation();
            findings.problem(
                    at == null ? place : place + ", line " + at.getLineNr() + ", column " + at.getColumnNr(),
                    "malformed " + (json ? "JSON" : "YAML") + ": " + Escape.line(e.getOriginalMessage()));
        } catch (IOException e) {
            findings.problem(place, "cannot be read: " + e);
        }
        return objects;
    }

    private static void add(String place, JsonNode root, Findings findings, List<Section> objects) {
        if (root.isNull()) {
            return; // an empty document
        }
        if (!root.isObject()) {
            findings.problem(place, "is not a Kubernetes object; it needs apiVersion, kind, metadata and spec");
            return;
        }
        Section object = new Section(place, root, findings);
        if (root.path("kind").asText().equals("List")) {
            for (Section item : object.sections("items", "item", item -> MissingNode.getInstance())) {
                objects.add(item);
            }
        } else {
            objects.add(object);
        }
    }
}
