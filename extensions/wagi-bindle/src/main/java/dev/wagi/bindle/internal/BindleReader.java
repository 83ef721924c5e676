// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

import dev.wagi.bindle.BindleSource;
import dev.wagi.config.internal.ModuleSettings;
import dev.wagi.config.internal.VolumeEntry;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.api.Problems;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.PullOptions;
import dev.wagi.core.module.ResolvedModule;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the bindles of a source, both as modules of a configuration and for references in one. An invoice, or the
 * failure to fetch it, is fetched once and then remembered; so create a reader for each load of a configuration.
 * Thread-safe.
 *
 * <pre>
 * bindle:example.com/hello/1.0.0                   the first WebAssembly parcel of the global group
 * bindle:example.com/hello/1.0.0@&lt;parcel sha256&gt;   a specific parcel
 * </pre>
 */
public final class BindleReader implements ModuleResolver {

    private static final Logger LOG = LoggerFactory.getLogger(BindleReader.class);

    /** The scheme of bindle references. */
    public static final String SCHEME = "bindle";

    private static final String ROUTE = "route";
    private static final String ENTRYPOINT = "entrypoint";
    private static final String ALLOWED_HOSTS = "allowed_hosts";
    private static final String ARGV = "argv";

    /** The features of a parcel that are supported. */
    static final List<String> FEATURES = List.of(ROUTE, ENTRYPOINT, ALLOWED_HOSTS, ARGV, "file");

    private static final int MAX_NAME = 63;

    /** The maximum total size of the files of one module in bytes; they are held in memory while a bindle is read. */
    private static final long MAX_FILES = 64L << 20;

    private final BindleStore store;
    private final Limits limits;
    private final @Nullable Directories directories;
    private final Map<BindleId, Fetched> invoices = new ConcurrentHashMap<>();

    /** The references of modules whose files were mounted. */
    private final Set<String> mounted = ConcurrentHashMap.newKeySet();

    /** Stores the files of bindles. */
    public interface Directories {
        /**
         * Creates a directory with these files, which exists as long as they are served.
         *
         * @param files the content by relative path, without empty and dot segments
         * @throws IOException if there are too many files, or they cannot be written
         */
        Path filled(Map<String, byte[]> files) throws IOException;
    }

    /** Creates a reader for references to the bindles of a source. */
    public BindleReader(BindleSource source) {
        this(source, null, Limits.DEFAULTS);
    }

    /** Creates a reader for the bindles of a source, and for references to them. */
    public BindleReader(BindleSource source, Directories directories) {
        this(source, directories, Limits.DEFAULTS);
    }

    BindleReader(BindleSource source, @Nullable Directories directories, Limits limits) {
        this.limits = limits;
        this.directories = directories;
        this.store = source.directory()
                .<BindleStore>map(BindleDirectory::new)
                .orElseGet(() -> new BindleServer(source, limits));
        if (source.isInsecureTls()) {
            LOG.warn("connections to {} are insecure: its certificate is not checked", source);
        }
    }

    /** The bytes of an invoice, or the reason why it could not be fetched. */
    private record Fetched(byte[] bytes, @Nullable BindleException failure) {}

    /**
     * Reads the modules of a bindle: the parcels of its global group that are WebAssembly and have a route. The files
     * that a module requires are its only volume, mounted read-only at the guest's root. Blocks.
     *
     * @param id the name and version, for instance {@code example.com/hello/1.0.0}
     * @param problems receives every problem, with the bindle, the file or URL, and the key
     * @return unvalidated modules in the order of the invoice; empty if a problem was added
     */
    public List<ModuleSettings> read(String id, Problems problems) {
        BindleId bindle;
        try {
            bindle = BindleId.parse(id);
        } catch (IllegalArgumentException e) {
            problems.add("bindle", Invoice.quote(id) + " " + e.getMessage());
            return List.of();
        }
        Optional<Invoice> invoice = invoice(bindle, problems);
        List<ModuleSettings> drafts = new ArrayList<>();
        boolean good = true;
        boolean found = false;
        for (Parcel parcel : invoice.map(Invoice::parcels).orElse(List.of())) {
            if (!parcel.isModule() || parcel.feature(ROUTE).isEmpty()) {
                continue;
            }
            found = true;
            ModuleSettings draft = draft(bindle, parcel);
            List<Parcel> files = invoice.get().filesFor(parcel);
            good &= files.isEmpty() || mount(bindle, parcel, files, draft, problems);
            drafts.add(draft);
        }
        if (invoice.isPresent() && !found) {
            problems.add(
                    place(bindle),
                    "no parcel outside groups has the media type application/wasm and a feature.wagi.route; give one"
                            + " to each module, or name the bindle in a modules.toml");
        }
        return good ? drafts : List.of();
    }

    /** Mounts files at the guest's root. */
    private boolean mount(BindleId bindle, Parcel module, List<Parcel> files, ModuleSettings draft, Problems problems) {
        String place = place(bindle) + ", parcel " + Invoice.quote(module.name());
        Map<String, byte[]> content = new TreeMap<>();
        long total = 0;
        boolean good = true;
        for (Parcel file : files) {
            String where = place(bindle) + ", parcel " + Invoice.quote(file.name());
            Optional<String> wrong = wrongName(file.name(), content.keySet());
            if (wrong.isPresent()) {
                problems.add(where, wrong.get());
                good = false;
                continue;
            }
            try {
                // The size in the label is checked before the file is fetched.
                byte[] bytes = total + file.size() > MAX_FILES ? new byte[0] : bytes(bindle, file);
                total += Math.max(bytes.length, file.size());
                content.put(file.name(), bytes);
            } catch (BindleException e) {
                problems.add(where, String.valueOf(e.getMessage()));
                good = false;
            }
            if (total > MAX_FILES) {
                problems.add(
                        place,
                        "the files that it requires have more than " + (MAX_FILES >> 20)
                                + " MiB in total; mount them as a volume in a modules.toml");
                return false;
            }
        }
        if (!good) {
            return false;
        }
        try {
            if (directories == null) {
                throw new IOException("BUG: there is no directory for files; please report this");
            }
            draft.volumes.add(VolumeEntry.readOnly("/", directories.filled(content)));
            mounted.add(draft.module);
            return true;
        } catch (IOException | InvalidPathException e) {
            problems.add(
                    place,
                    "the files that it requires cannot be stored (" + e.getMessage()
                            + "); free space for temporary files, or mount them as a volume in a modules.toml");
            return false;
        }
    }

    /** Returns the problem if a name is not a path below the guest's root. */
    private static Optional<String> wrongName(String name, Set<String> others) {
        List<String> components = List.of(name.split("/", -1));
        if (components.stream().anyMatch(part -> List.of("", ".", "..").contains(part)) || name.indexOf('\\') >= 0) {
            return Optional.of(
                    "cannot be mounted under its name, because it is not a relative path without empty and dot"
                            + " segments; name it for instance \"static/logo.png\"");
        }
        boolean taken = others.stream()
                .anyMatch(other -> other.equals(name) || other.startsWith(name + "/") || name.startsWith(other + "/"));
        return taken
                ? Optional.of("cannot be mounted, because its path conflicts with that of another file; rename one")
                : Optional.empty();
    }

    @Override
    public String scheme() {
        return SCHEME;
    }

    /** Accepts references that do not name a server. */
    @Override
    public boolean takes(ModuleReference reference, PullOptions options) {
        return options.server().isEmpty();
    }

    @Override
    public ResolvedModule resolve(ModuleReference reference) {
        String location = reference.location();
        int at = location.lastIndexOf('@');
        BindleId bindle;
        try {
            bindle = BindleId.parse(at < 0 ? location : location.substring(0, at));
        } catch (IllegalArgumentException e) {
            throw new ModuleLoadException(Invoice.quote(reference.toString()) + " " + e.getMessage(), e);
        }
        Problems problems = Problems.none();
        Optional<Invoice> invoice = invoice(bindle, problems);
        try {
            problems.throwIfAny();
        } catch (WagiConfigException e) {
            throw new ModuleLoadException(String.join("; ", e.problems()), e);
        }
        String wanted = at < 0 ? null : location.substring(at + 1);
        Parcel parcel = invoice.orElseThrow().parcels().stream()
                .filter(
                        wanted == null
                                ? Parcel::isModule
                                : candidate -> candidate.sha256().equalsIgnoreCase(wanted))
                .findFirst()
                .orElseThrow(() -> new ModuleLoadException(place(bindle)
                        + (wanted == null
                                ? ": no parcel outside groups has the media type application/wasm; name one"
                                        + " with '@' and its SHA-256"
                                : ": has no parcel " + Invoice.quote(wanted)
                                        + "; name one by the SHA-256 of its label")));
        if (!mounted.contains(reference.toString())) {
            unsupported(invoice.get(), parcel).ifPresent(text -> {
                throw new ModuleLoadException(place(bindle) + ", parcel " + Invoice.quote(parcel.name()) + ": " + text);
            });
        }
        return fetch(bindle, parcel);
    }

    /** Fetches a parcel and verifies it against the size and the SHA-256 in its label. */
    private byte[] bytes(BindleId bindle, Parcel parcel) throws BindleException {
        String tooLarge = "is larger than the " + limits.parcelBytes() + " bytes a parcel may have; is it a module?";
        if (parcel.size() > limits.parcelBytes()) {
            throw new BindleException(tooLarge);
        }
        String size = "the " + parcel.size() + " bytes of its label; the file was changed, get the bindle again";
        Intake intake = parcel.size() < 0
                ? new Intake(limits.parcelBytes(), tooLarge)
                : new Intake(parcel.size(), "has more than " + size);
        store.fetch(store.parcel(bindle, parcel.sha256()), intake);
        byte[] bytes = intake.bytes();
        if (bytes.length < parcel.size()) {
            throw new BindleException("has " + bytes.length + " bytes, fewer than " + size);
        }
        String sha256 = intake.sha256();
        if (!sha256.equals(parcel.sha256())) {
            throw new BindleException("has the SHA-256 " + sha256
                    + ", not that of its label; the file was changed, get the bindle again");
        }
        return bytes;
    }

    private ResolvedModule fetch(BindleId bindle, Parcel parcel) {
        String location = store.parcel(bindle, parcel.sha256());
        try {
            return ResolvedModule.of(bytes(bindle, parcel), location);
        } catch (BindleException e) {
            throw new ModuleLoadException(
                    "bindle " + bindle + ", parcel " + Invoice.quote(parcel.name()) + " (" + location + "): "
                            + e.getMessage(),
                    e);
        }
    }

    private Optional<Invoice> invoice(BindleId bindle, Problems problems) {
        Fetched fetched = invoices.computeIfAbsent(bindle, this::fetchInvoice);
        if (fetched.failure() != null) {
            problems.add(place(bindle), String.valueOf(fetched.failure().getMessage()));
            return Optional.empty();
        }
        return Invoice.parse(bindle, place(bindle), fetched.bytes(), problems);
    }

    private Fetched fetchInvoice(BindleId bindle) {
        try {
            long limit = limits.invoiceBytes();
            Intake intake = new Intake(limit, "is larger than the " + limit + " bytes an invoice may have; is it one?");
            store.fetch(store.invoice(bindle), intake);
            return new Fetched(intake.bytes(), null);
        } catch (BindleException e) {
            return new Fetched(new byte[0], e);
        }
    }

    private ModuleSettings draft(BindleId bindle, Parcel parcel) {
        for (String feature : parcel.features().keySet()) {
            if (!FEATURES.contains(feature)) {
                LOG.warn(
                        "{}, parcel {}, feature.wagi: {} is unknown and has no effect",
                        place(bindle),
                        Invoice.quote(parcel.name()),
                        Invoice.quote(feature));
            }
        }
        ModuleSettings draft = new ModuleSettings(place(bindle) + ", parcel " + Invoice.quote(parcel.name()));
        draft.defaultName = nameOf(parcel);
        draft.module = SCHEME + ":" + bindle + "@" + parcel.sha256() + "#sha256:" + parcel.sha256();
        draft.route = parcel.feature(ROUTE).orElseThrow();
        parcel.feature(ENTRYPOINT).ifPresent(text -> draft.entrypoint = text);
        parcel.feature(ARGV)
                .ifPresent(text -> draft.argv =
                        text.isBlank() ? List.of() : List.of(text.strip().split("\\s+")));
        parcel.feature(ALLOWED_HOSTS)
                .ifPresent(text -> draft.allowedHosts = Arrays.stream(text.split(","))
                        .map(String::strip)
                        .filter(host -> !host.isEmpty())
                        .toList());
        return draft;
    }

    /**
     * Derives a module name from a parcel: {@code bin/hello.wasm} becomes bin-hello; characters that are not allowed
     * become dashes.
     */
    private static String nameOf(Parcel parcel) {
        String name = parcel.name()
                .replaceFirst("\\.(wasm|wat)$", "")
                .replaceAll("[^A-Za-z0-9._-]", "-")
                .replaceFirst("^[.-]+", "");
        return name.isEmpty() ? "module" : name.substring(0, Math.min(name.length(), MAX_NAME));
    }

    /** Returns the problem if a module cannot be served by reference because it requires files. */
    private static Optional<String> unsupported(Invoice invoice, Parcel parcel) {
        int files = invoice.filesFor(parcel).size();
        return files == 0
                ? Optional.empty()
                : Optional.of("requires " + files + (files == 1 ? " file" : " files")
                        + " of the bindle, which are mounted only when the bindle is served as a whole;"
                        + " serve the bindle instead of one of its modules, or remove the group from"
                        + " conditions.requires");
    }

    private String place(BindleId bindle) {
        return "bindle " + bindle + " (" + store.invoice(bindle) + ")";
    }
}
