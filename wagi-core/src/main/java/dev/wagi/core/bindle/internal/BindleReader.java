// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.bindle.internal;

import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.bindle.BindleSource;
import dev.wagi.core.config.ModuleDraft;
import dev.wagi.core.config.Problems;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.ResolvedModule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the bindles of a source: as modules of a configuration, and as references in one. An invoice is fetched once and
 * then remembered, and so is the failure to fetch it; make a reader for each loading of a configuration. Thread-safe.
 *
 * <pre>
 * bindle:example.com/hello/1.0.0                   the first WebAssembly parcel of the global group
 * bindle:example.com/hello/1.0.0@&lt;parcel sha256&gt;   a certain parcel
 * </pre>
 */
public final class BindleReader implements ModuleResolver {

    private static final Logger LOG = LoggerFactory.getLogger(BindleReader.class);

    /** The scheme of references to bindles. */
    public static final String SCHEME = "bindle";

    private static final String ROUTE = "route";
    private static final String ENTRYPOINT = "entrypoint";
    private static final String ALLOWED_HOSTS = "allowed_hosts";
    private static final String ARGV = "argv";

    /** The features of a parcel that mean something here. */
    static final List<String> FEATURES = List.of(ROUTE, ENTRYPOINT, ALLOWED_HOSTS, ARGV, "file");

    private static final int MAX_NAME = 63;

    private final BindleStore store;
    private final Limits limits;
    private final Map<BindleId, Fetched> invoices = new ConcurrentHashMap<>();

    /** For the bindles of a source. */
    public BindleReader(BindleSource source) {
        this(source, Limits.DEFAULTS);
    }

    BindleReader(BindleSource source, Limits limits) {
        this.limits = limits;
        this.store = source.directory()
                .<BindleStore>map(BindleDirectory::new)
                .orElseGet(() -> new BindleServer(source, limits));
        if (source.isInsecureTls()) {
            LOG.warn("connections to {} are insecure: its certificate is not checked", source);
        }
    }

    /** The bytes of an invoice, or why there are none. */
    private record Fetched(byte[] bytes, @Nullable BindleException failure) {}

    /**
     * The modules of a bindle: the parcels of its global group that are WebAssembly and have a route. Blocks.
     *
     * @param id name and version, {@code example.com/hello/1.0.0}
     * @param problems takes every problem, with the bindle, the file or URL, and the key
     * @return unchecked modules in the order of the invoice; empty if a problem was added
     */
    public List<ModuleDraft> read(String id, Problems problems) {
        BindleId bindle;
        try {
            bindle = BindleId.parse(id);
        } catch (IllegalArgumentException e) {
            problems.add("bindle", Invoice.quote(id) + " " + e.getMessage());
            return List.of();
        }
        Optional<Invoice> invoice = invoice(bindle, problems);
        List<ModuleDraft> drafts = new ArrayList<>();
        boolean good = true;
        boolean found = false;
        for (Parcel parcel : invoice.map(Invoice::parcels).orElse(List.of())) {
            if (!parcel.isModule() || parcel.feature(ROUTE).isEmpty()) {
                continue;
            }
            found = true;
            Optional<String> unsupported = unsupported(invoice.get(), parcel);
            if (unsupported.isPresent()) {
                problems.add(place(bindle) + ", parcel " + Invoice.quote(parcel.name()), unsupported.get());
                good = false;
            } else {
                drafts.add(draft(bindle, parcel));
            }
        }
        if (invoice.isPresent() && !found) {
            problems.add(
                    place(bindle),
                    "no parcel outside of groups has the media type application/wasm and a feature.wagi.route; give one"
                            + " to each module, or name the bindle in a modules.toml");
        }
        return good ? drafts : List.of();
    }

    @Override
    public String scheme() {
        return SCHEME;
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
        Problems problems = new Problems();
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
                                ? ": no parcel outside of groups has the media type application/wasm; name one"
                                        + " with '@' and its SHA-256"
                                : ": has no parcel " + Invoice.quote(wanted)
                                        + "; name one by the SHA-256 of its label")));
        unsupported(invoice.get(), parcel).ifPresent(text -> {
            throw new ModuleLoadException(place(bindle) + ", parcel " + Invoice.quote(parcel.name()) + ": " + text);
        });
        return fetch(bindle, parcel);
    }

    private ResolvedModule fetch(BindleId bindle, Parcel parcel) {
        String location = store.parcel(bindle, parcel.sha256());
        String tooLarge = "is larger than the " + limits.parcelBytes() + " bytes a parcel may have; is it a module?";
        try {
            if (parcel.size() > limits.parcelBytes()) {
                throw new BindleException(tooLarge);
            }
            String size = "the " + parcel.size() + " bytes of its label; the file was changed, get the bindle again";
            Intake intake = parcel.size() < 0
                    ? new Intake(limits.parcelBytes(), tooLarge)
                    : new Intake(parcel.size(), "has more than " + size);
            store.fetch(location, intake);
            byte[] bytes = intake.bytes();
            if (bytes.length < parcel.size()) {
                throw new BindleException("has " + bytes.length + " bytes, fewer than " + size);
            }
            String sha256 = intake.sha256();
            if (!sha256.equals(parcel.sha256())) {
                throw new BindleException("has the SHA-256 " + sha256
                        + ", not that of its label; the file was changed, get the bindle again");
            }
            return new ResolvedModule(bytes, location);
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

    private ModuleDraft draft(BindleId bindle, Parcel parcel) {
        for (String feature : parcel.features().keySet()) {
            if (!FEATURES.contains(feature)) {
                LOG.warn(
                        "{}, parcel {}, feature.wagi: {} is unknown and has no effect",
                        place(bindle),
                        Invoice.quote(parcel.name()),
                        Invoice.quote(feature));
            }
        }
        // Relative files do not occur in it; the directory only has to be one.
        ModuleDraft draft = new ModuleDraft(
                place(bindle) + ", parcel " + Invoice.quote(parcel.name()),
                Path.of("").toAbsolutePath());
        draft.derivedName = nameOf(parcel);
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

    /** {@code bin/hello.wasm} is called bin-hello; what a name cannot hold becomes a dash. */
    private static String nameOf(Parcel parcel) {
        String name = parcel.name()
                .replaceFirst("\\.(wasm|wat)$", "")
                .replaceAll("[^A-Za-z0-9._-]", "-")
                .replaceFirst("^[.-]+", "");
        return name.isEmpty() ? "module" : name.substring(0, Math.min(name.length(), MAX_NAME));
    }

    /** What keeps a parcel from running here although it is a module. */
    private static Optional<String> unsupported(Invoice invoice, Parcel parcel) {
        int files = invoice.filesFor(parcel).size();
        return files == 0
                ? Optional.empty()
                : Optional.of("asks for " + files + (files == 1 ? " file" : " files")
                        + " of the bindle, which this version does not mount;"
                        + " remove the group from conditions.requires, or the parcel");
    }

    private String place(BindleId bindle) {
        return "bindle " + bindle + " (" + store.invoice(bindle) + ")";
    }
}
