// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Writes an OCI image layout: the layers of a base, layers of our own, a configuration, and bills of materials that refer to the
 * image. It only reads and writes files, and what it writes depends on nothing else.
 *
 * <pre>
 * java -cp wagi.jar Image.java OUTPUT OPTION=VALUE...
 *
 * config=FILE       the object "config" of the image's configuration (OCI image specification, "Image Configuration")
 * base=DIR[:NAME]   an OCI image layout whose image is built upon; NAME is needed if it has several
 * layer=FILE=TEXT   an uncompressed tar, and what history says of it; the order counts
 * sbom=FILE         a bill of materials, CycloneDX in JSON
 * label=NAME=VALUE  a label of the configuration, and an annotation of the manifest
 * name=NAME         how the image is called in the layout
 * arch=ARCH         as GOARCH has it
 * created=TIME      RFC 3339
 * </pre>
 */
final class Image {

    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
    private static final String LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
    private static final String SBOM = "application/vnd.cyclonedx+json";
    private static final String LABEL = "org.opencontainers.image.";

    private static final ObjectMapper JSON =
            new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

    private final Path output;
    private final ObjectNode configuration = JSON.createObjectNode();
    private final ObjectNode config = configuration.putObject("config");
    private final ArrayNode layers = JSON.createArrayNode();
    private final ObjectNode annotations = JSON.createObjectNode();

    private Image(Path output) {
        this.output = output;
    }

    public static void main(String[] args) throws Exception {
        try {
            new Image(Path.of(args[0])).write(List.of(args).subList(1, args.length));
        } catch (IllegalArgumentException e) {
            System.err.println("image: " + e.getMessage());
            System.exit(1);
        }
    }

    private void write(List<String> options) throws Exception {
        Files.createDirectories(output.resolve("blobs/sha256"));
        String created = one(options, "created");
        configuration.put("created", created);
        configuration.put("architecture", one(options, "arch"));
        configuration.put("os", "linux");
        configuration.putObject("rootfs").put("type", "layers").putArray("diff_ids");
        configuration.putArray("history");
        for (String base : all(options, "base")) {
            base(base, one(options, "arch"));
        }
        merge(JSON.readTree(Path.of(one(options, "config")).toFile()));
        for (String label : all(options, "label")) {
            String[] pair = label.split("=", 2);
            ((ObjectNode) config.withObject("/Labels")).put(pair[0], pair[1]);
        }
        ((ObjectNode) config.withObject("/Labels")).put(LABEL + "created", created);
        config.withObject("/Labels").properties().forEach(label -> {
            if (label.getKey().startsWith(LABEL)) {
                annotations.set(label.getKey(), label.getValue());
            }
        });
        for (String layer : all(options, "layer")) {
            String[] pair = layer.split("=", 2);
            layer(Path.of(pair[0]), pair[1], created);
        }

        ObjectNode manifest = manifest(blob(CONFIG, JSON.writeValueAsBytes(configuration)), layers, annotations);
        ObjectNode image = blob(MANIFEST, JSON.writeValueAsBytes(manifest));
        ObjectNode index = JSON.createObjectNode().put("schemaVersion", 2);
        index.put("mediaType", "application/vnd.oci.image.index.v1+json");
        ArrayNode manifests = index.putArray("manifests");
        ObjectNode named = manifests.addObject();
        named.setAll(image);
        named.putObject("platform").put("architecture", one(options, "arch")).put("os", "linux");
        named.putObject("annotations").put("org.opencontainers.image.ref.name", one(options, "name"));
        for (String file : all(options, "sbom")) {
            manifests.add(sbom(Path.of(file), image, created));
        }
        Files.write(output.resolve("index.json"), JSON.writeValueAsBytes(index));
        Files.writeString(output.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        System.out.println(image.get("digest").textValue());
    }

    /** OCI image manifest specification, "Guidelines for Artifact Usage"; the image is its subject. */
    private ObjectNode sbom(Path file, ObjectNode image, String created) throws Exception {
        ArrayNode content = JSON.createArrayNode();
        content.add(blob(SBOM, Files.readAllBytes(file)));
        ObjectNode about = JSON.createObjectNode();
        about.put(LABEL + "created", created);
        about.put(LABEL + "title", file.getFileName().toString());
        ObjectNode manifest =
                manifest(blob("application/vnd.oci.empty.v1+json", new byte[] {'{', '}'}), content, about);
        manifest.put("artifactType", SBOM);
        manifest.set("subject", image);
        ObjectNode descriptor = blob(MANIFEST, JSON.writeValueAsBytes(manifest));
        descriptor.put("artifactType", SBOM);
        descriptor.set("annotations", about);
        return descriptor;
    }

    private static ObjectNode manifest(ObjectNode config, ArrayNode layers, ObjectNode annotations) {
        ObjectNode manifest = JSON.createObjectNode().put("schemaVersion", 2).put("mediaType", MANIFEST);
        manifest.set("config", config);
        manifest.set("layers", layers);
        manifest.set("annotations", annotations);
        return manifest;
    }

    // --- the base

    private void base(String base, String arch) throws Exception {
        int colon = base.lastIndexOf(':');
        Path directory = Path.of(colon < 0 ? base : base.substring(0, colon));
        String name = colon < 0 ? null : base.substring(colon + 1);
        if (!Files.isRegularFile(directory.resolve("index.json"))) {
            throw new IllegalArgumentException(directory + " is not an OCI image layout, there is no index.json;"
                    + " make one with skopeo copy docker://IMAGE oci:" + directory + ":base");
        }
        JsonNode descriptor = choose(JSON.readTree(directory.resolve("index.json").toFile()), base, name, arch);
        JsonNode manifest = read(directory, descriptor);
        if (!manifest.path("config").path("mediaType").asText().equals(CONFIG)) {
            throw new IllegalArgumentException(base + " is no image in the format of OCI; copy it with skopeo copy"
                    + " --format oci");
        }
        JsonNode theirs = read(directory, manifest.get("config"));
        if (!theirs.path("architecture").asText().equals(arch)) {
            throw new IllegalArgumentException(base + " is for " + theirs.path("architecture").asText() + ", not for " + arch
                    + "; take one of the machine that the runtime was made on");
        }
        for (JsonNode layer : manifest.get("layers")) {
            Path blob = path(layer);
            Files.copy(directory.resolve(blob), output.resolve(blob), StandardCopyOption.REPLACE_EXISTING);
            layers.add(layer);
        }
        ((ArrayNode) configuration.at("/rootfs/diff_ids")).addAll((ArrayNode) theirs.at("/rootfs/diff_ids"));
        if (theirs.path("history") instanceof ArrayNode history) {
            ((ArrayNode) configuration.get("history")).addAll(history);
        }
        if (theirs.path("config").path("Env") instanceof ArrayNode env) {
            config.set("Env", env);
        }
        annotations.put(LABEL + "base.digest", descriptor.get("digest").textValue());
    }

    /** Of an index in the layout, the entry for this machine. */
    private static JsonNode choose(JsonNode index, String base, String name, String arch) {
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode entry : index.path("manifests")) {
            boolean isNamed = name == null
                    ? !entry.has("artifactType")
                    : name.equals(entry.path("annotations").path("org.opencontainers.image.ref.name").asText());
            if (isNamed && entry.path("platform").path("architecture").asText(arch).equals(arch)) {
                found.add(entry);
            }
        }
        if (found.size() != 1) {
            throw new IllegalArgumentException(base + " has " + found.size() + " images of that name; write DIR:NAME"
                    + (name == null ? "" : ", with a name that its index.json has once"));
        }
        return found.get(0);
    }

    private static JsonNode read(Path directory, JsonNode descriptor) throws Exception {
        byte[] bytes = Files.readAllBytes(directory.resolve(path(descriptor)));
        String digest = "sha256:" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        if (!digest.equals(descriptor.get("digest").textValue())) {
            throw new IllegalArgumentException(directory + " is damaged: " + path(descriptor) + " is " + digest + "; copy it again");
        }
        return JSON.readTree(bytes);
    }

    private static Path path(JsonNode descriptor) {
        String digest = descriptor.path("digest").asText();
        if (!digest.matches("sha256:[0-9a-f]{64}")) {
            throw new IllegalArgumentException("the base has the digest \"" + digest + "\"; only sha256 is supported");
        }
        return Path.of("blobs/sha256").resolve(digest.substring("sha256:".length()));
    }

    /** What we say replaces what the base said, except for variables that only the base has. */
    private void merge(JsonNode ours) {
        ArrayNode env = JSON.createArrayNode();
        for (JsonNode theirs : config.path("Env")) {
            String key = theirs.asText().replaceFirst("=.*", "=");
            boolean isOurs = false;
            for (JsonNode variable : ours.path("Env")) {
                isOurs |= variable.asText().startsWith(key);
            }
            if (!isOurs) {
                env.add(theirs);
            }
        }
        ours.path("Env").forEach(env::add);
        config.setAll((ObjectNode) ours);
        config.set("Env", env);
    }

    // --- blobs

    private void layer(Path tar, String text, String created) throws Exception {
        MessageDigest diff = MessageDigest.getInstance("SHA-256");
        Path file = output.resolve("layer.tmp");
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (InputStream in = Files.newInputStream(tar);
                OutputStream out = new DigestOutputStream(Files.newOutputStream(file), digest);
                OutputStream gzip = new Best(out)) {
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                diff.update(buffer, 0, n);
                gzip.write(buffer, 0, n);
            }
        }
        ObjectNode descriptor = descriptor(LAYER, HexFormat.of().formatHex(digest.digest()), Files.size(file));
        Files.move(file, output.resolve(path(descriptor)), StandardCopyOption.REPLACE_EXISTING);
        layers.add(descriptor);
        ((ArrayNode) configuration.at("/rootfs/diff_ids")).add("sha256:" + HexFormat.of().formatHex(diff.digest()));
        ((ArrayNode) configuration.get("history")).addObject().put("created", created).put("created_by", text);
    }

    /** Without a time, as {@link GZIPOutputStream} is. */
    private static final class Best extends GZIPOutputStream {
        Best(OutputStream out) throws IOException {
            super(out, 1 << 16);
            def.setLevel(Deflater.BEST_COMPRESSION);
        }
    }

    private ObjectNode blob(String type, byte[] bytes) throws Exception {
        String hex = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        ObjectNode descriptor = descriptor(type, hex, bytes.length);
        Files.write(output.resolve(path(descriptor)), bytes);
        return descriptor;
    }

    private static ObjectNode descriptor(String type, String hex, long size) {
        return JSON.createObjectNode()
                .put("mediaType", type)
                .put("digest", "sha256:" + hex)
                .put("size", size);
    }

    // --- options

    private static String one(List<String> options, String name) {
        List<String> values = all(options, name);
        if (values.size() != 1) {
            throw new IllegalArgumentException(name + " is given " + values.size() + " times instead of once");
        }
        return values.get(0);
    }

    private static List<String> all(List<String> options, String name) {
        return options.stream()
                .filter(option -> option.startsWith(name + "="))
                .map(option -> option.substring(name.length() + 1))
                .toList();
    }
}
