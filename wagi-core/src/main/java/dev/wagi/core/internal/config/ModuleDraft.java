// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.config;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.Limits;
import dev.wagi.core.api.Problems;
import dev.wagi.core.configuration.ModuleBuilder;
import dev.wagi.core.internal.cgi.CgiArguments;
import dev.wagi.core.internal.cgi.MetaVariable;
import dev.wagi.core.internal.outbound.AllowList;
import dev.wagi.core.internal.route.RoutePattern;
import dev.wagi.core.internal.volume.Volume;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.PullOptions;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An unchecked module of a configuration as it was described. Mutable. All rules for modules are checked here. */
public final class ModuleDraft implements ModuleBuilder {

    /** The entrypoint of WASI command modules. */
    private static final String DEFAULT_ENTRYPOINT = "_start";

    private static final Logger LOG = LoggerFactory.getLogger(ModuleDraft.class);

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}");

    /** Type, subtype and parameters of RFC 9110, section 8.3.1; quoted values without escapes. */
    static final Pattern MEDIA_TYPE = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+"
            + "( *; *[!#$%&'*+.^_`|~0-9A-Za-z-]+=([!#$%&'*+.^_`|~0-9A-Za-z-]+|\"[ !#-\\[\\]-~]*\"))*");

    /** What is wrong with a text that is no media type. */
    static final String NO_MEDIA_TYPE =
            "is not a media type; write for instance \"image/svg+xml\" or \"text/plain; charset=utf-8\"";

    /** The fields in which a guest describes its response to the host. */
    private static final Set<String> CGI_FIELDS = Set.of("content-type", "location", "status");

    private String place;
    private Path baseDirectory = Path.of("").toAbsolutePath();
    private @Nullable ModuleResolver files;
    private @Nullable String name;
    private @Nullable String defaultName;
    private @Nullable String route;
    private @Nullable String module;
    private PullOptions pull = PullOptions.none();
    private String entrypoint = DEFAULT_ENTRYPOINT;
    private @Nullable List<String> argv;
    private boolean argvAllowOptions;
    private final Map<String, String> environment = new LinkedHashMap<>();
    private List<String> hosts = List.of();
    private List<String> methods = List.of();
    private boolean authorization;
    private boolean streamsRequestBody;
    private @Nullable String contentType;
    private boolean reuse = true;
    private @Nullable Boolean lazy;
    private final List<UnaryOperator<Limits>> limits = new ArrayList<>();
    private List<String> allowedHosts = List.of();
    private List<String> privateHosts = List.of();

    /** The allowed targets; an empty list for none, null for all. */
    private @Nullable List<String> localRedirects;

    private List<String> deniedResponseHeaders = List.of();
    private final List<VolumeDraft> volumes = new ArrayList<>();

    /**
     * Creates an empty module.
     *
     * @param place where it is configured, for messages
     */
    public ModuleDraft(String place) {
        this.place = place;
    }

    @Override
    public ModuleDraft place(String text) {
        place = Objects.requireNonNull(text, "text");
        return this;
    }

    @Override
    public ModuleDraft baseDirectory(Path directory) {
        baseDirectory = Objects.requireNonNull(directory, "directory");
        return this;
    }

    @Override
    public ModuleDraft files(ModuleResolver resolver) {
        files = Objects.requireNonNull(resolver, "resolver");
        return this;
    }

    @Override
    public ModuleDraft route(String pattern) {
        route = Objects.requireNonNull(pattern, "pattern");
        return this;
    }

    @Override
    public ModuleDraft source(Path file) {
        if (file.getFileSystem() != FileSystems.getDefault()) {
            Path absolute = file.toAbsolutePath();
            files = ModuleResolver.files(absolute);
            return source(absolute.toString());
        }
        return source(file.toString());
    }

    @Override
    public ModuleDraft source(String reference) {
        module = Objects.requireNonNull(reference, "reference");
        return this;
    }

    @Override
    public ModuleDraft pull(PullOptions options) {
        pull = Objects.requireNonNull(options, "options");
        return this;
    }

    @Override
    public ModuleDraft name(String text) {
        name = Objects.requireNonNull(text, "text");
        return this;
    }

    @Override
    public ModuleDraft defaultName(String text) {
        defaultName = Objects.requireNonNull(text, "text");
        return this;
    }

    @Override
    public ModuleDraft entrypoint(String function) {
        entrypoint = Objects.requireNonNull(function, "function");
        return this;
    }

    @Override
    public ModuleDraft argv(String... template) {
        return argv(List.of(template));
    }

    @Override
    public ModuleDraft argv(List<String> template) {
        argv = List.copyOf(template);
        return this;
    }

    @Override
    public ModuleDraft argvAllowOptions(boolean allowed) {
        argvAllowOptions = allowed;
        return this;
    }

    @Override
    public ModuleDraft addEnvironment(Map<String, String> variables) {
        variables.forEach(this::addEnvironment);
        return this;
    }

    @Override
    public ModuleDraft addEnvironment(String variable, String value) {
        environment.put(Objects.requireNonNull(variable, "variable"), Objects.requireNonNull(value, "value"));
        return this;
    }

    @Override
    public ModuleDraft hosts(String... names) {
        return hosts(List.of(names));
    }

    @Override
    public ModuleDraft hosts(Collection<String> names) {
        hosts = List.copyOf(names);
        return this;
    }

    @Override
    public ModuleDraft methods(String... names) {
        return methods(List.of(names));
    }

    @Override
    public ModuleDraft methods(Collection<String> names) {
        methods = List.copyOf(names);
        return this;
    }

    @Override
    public ModuleDraft passAuthorization(boolean allowed) {
        authorization = allowed;
        return this;
    }

    @Override
    public ModuleDraft streamRequestBody(boolean allowed) {
        streamsRequestBody = allowed;
        return this;
    }

    @Override
    public ModuleDraft contentType(String mediaType) {
        contentType = Objects.requireNonNull(mediaType, "mediaType");
        return this;
    }

    @Override
    public ModuleDraft reuse(boolean allowed) {
        reuse = allowed;
        return this;
    }

    @Override
    public ModuleDraft lazy(boolean choice) {
        lazy = choice;
        return this;
    }

    @Override
    public ModuleDraft limits(UnaryOperator<Limits> change) {
        limits.add(Objects.requireNonNull(change, "change"));
        return this;
    }

    @Override
    public ModuleDraft addVolume(String guest, Path host) {
        return addVolume(guest, local(host));
    }

    @Override
    public ModuleDraft addVolume(String guest, String host) {
        return volume(guest, host, false, Volume.UNLIMITED, Volume.UNLIMITED);
    }

    @Override
    public ModuleDraft addWritableVolume(String guest, Path host) {
        return addWritableVolume(guest, local(host));
    }

    @Override
    public ModuleDraft addWritableVolume(String guest, String host) {
        return volume(guest, host, true, Volume.UNLIMITED, Volume.UNLIMITED);
    }

    @Override
    public ModuleDraft addWritableVolume(String guest, Path host, long maxBytes, long maxFiles) {
        return addWritableVolume(guest, local(host), maxBytes, maxFiles);
    }

    @Override
    public ModuleDraft addWritableVolume(String guest, String host, long maxBytes, long maxFiles) {
        if (maxBytes < 0 || maxFiles < 0) {
            throw new IllegalArgumentException("a quota is negative: " + maxBytes + " bytes, " + maxFiles + " files");
        }
        return volume(guest, host, true, maxBytes, maxFiles);
    }

    private static String local(Path host) {
        if (host.getFileSystem() != FileSystems.getDefault()) {
            throw new IllegalArgumentException(
                    "a volume is a directory of this machine, but " + host.toUri() + " is not");
        }
        return host.toString();
    }

    private ModuleDraft volume(String guest, String host, boolean writable, long maxBytes, long maxFiles) {
        Objects.requireNonNull(guest, "guest");
        volumes.add(new VolumeDraft(guest, Objects.requireNonNull(host, "host"), writable, maxBytes, maxFiles, false));
        return this;
    }

    @Override
    public ModuleDraft allowLinks(String guest) {
        Objects.requireNonNull(guest, "guest");
        for (int i = 0; i < volumes.size(); i++) {
            VolumeDraft volume = volumes.get(i);
            if (volume.guest().equals(guest) && volume.writable()) {
                volumes.set(i, new VolumeDraft(guest, volume.host(), true, volume.maxBytes(), volume.maxFiles(), true));
                return this;
            }
        }
        throw new IllegalArgumentException("there is no writable volume \"" + guest + "\"; add it first");
    }

    @Override
    public ModuleDraft localRedirects(String... paths) {
        return localRedirects(List.of(paths));
    }

    @Override
    public ModuleDraft localRedirects(Collection<String> paths) {
        localRedirects = List.copyOf(paths);
        return this;
    }

    @Override
    public ModuleDraft denyResponseHeaders(String... names) {
        return denyResponseHeaders(List.of(names));
    }

    @Override
    public ModuleDraft denyResponseHeaders(Collection<String> names) {
        deniedResponseHeaders = List.copyOf(names);
        return this;
    }

    @Override
    public ModuleDraft allowedHosts(String... hosts) {
        return allowedHosts(List.of(hosts));
    }

    @Override
    public ModuleDraft allowedHosts(Collection<String> hosts) {
        allowedHosts = List.copyOf(hosts);
        return this;
    }

    @Override
    public ModuleDraft allowedPrivateHosts(String... hosts) {
        return allowedPrivateHosts(List.of(hosts));
    }

    @Override
    public ModuleDraft allowedPrivateHosts(Collection<String> hosts) {
        privateHosts = List.copyOf(hosts);
        return this;
    }

    /**
     * Claims the configured name, if there is one; it must be unique.
     *
     * @param names the names taken so far, in lower case because they are also directories
     */
    public void claimName(Set<String> names, Problems problems) {
        if (name != null && !names.add(name.toLowerCase(Locale.ROOT))) {
            problems.add(
                    new Keys(place, problems).at("name"),
                    "\"" + name + "\" is the name of another module; give each its own");
        }
    }

    /**
     * Checks everything.
     *
     * @param names the names taken so far; a default name is made different from them
     * @param variables variables for all modules; the module's own take precedence
     * @param common limits of all modules; the module's own take precedence
     * @return empty if a problem was added
     */
    public Optional<ModuleConfiguration> check(
            Set<String> names, Map<String, String> variables, Limits common, Problems problems) {
        Keys keys = new Keys(place, problems);
        RoutePattern pattern = keys.parse("route", route, "\"/hello/...\"", RoutePattern::parse);
        ModuleReference source = keys.parse("module", module, "\"hello.wasm\"", ModuleReference::parse);
        boolean good = pattern != null && source != null;
        String ownName = name == null ? unique(defaultName == null ? nameOf(source) : defaultName, names) : name;
        good &= keys.test(
                NAME.matcher(ownName).matches(),
                "name",
                ownName,
                "is not 1 to 63 letters, digits, '.', '_' or '-'; it names the module's log");
        good &= keys.test(
                !entrypoint.isEmpty(),
                "entrypoint",
                entrypoint,
                "is empty; write the name of an exported function or leave the key out");
        List<String> template = argv;
        good &= keys.test(
                template == null || !template.isEmpty(),
                "argv",
                "",
                "is empty; write at least the program's name, as in \"${SCRIPT_NAME} ${ARGS}\", or leave the key out");
        good &= checkVariables(place, environment, problems);
        Map<String, String> merged = new LinkedHashMap<>(variables);
        merged.putAll(environment);
        Set<String> distinctHosts = new LinkedHashSet<>();
        for (String host : hosts) {
            good &= HostNames.check(keys.at("hosts"), host, distinctHosts, problems);
        }
        Set<String> distinctMethods = new LinkedHashSet<>();
        for (String method : methods) {
            good &= keys.test(
                    Headers.isToken(method), "methods", method, "is not an HTTP method; write for instance \"GET\"");
            distinctMethods.add(method);
        }
        String type = contentType;
        good &= keys.test(type == null || MEDIA_TYPE.matcher(type).matches(), "content_type", type, NO_MEDIA_TYPE);
        List<RoutePattern> redirects = redirects(keys);
        good &= localRedirects == null || redirects.size() == localRedirects.size();
        Set<String> denied = new LinkedHashSet<>();
        for (String header : deniedResponseHeaders) {
            String lower = header.toLowerCase(Locale.ROOT);
            good &= keys.test(
                    Headers.isToken(header) && !CGI_FIELDS.contains(lower),
                    "deny_response_headers",
                    header,
                    CGI_FIELDS.contains(lower)
                            ? "describes the CGI response itself (RFC 3875) and cannot be denied; leave it out"
                            : "is not the name of a header field; write for instance \"Set-Cookie\"");
            denied.add(lower);
        }
        AllowList allowList = allowList(keys);
        good &= allowList != null;
        Limits own = common;
        for (UnaryOperator<Limits> change : limits) {
            own = change.apply(own);
        }
        List<Volume> mountable = VolumeDraft.check(place, baseDirectory, volumes, own.maxOpenFiles(), problems);
        good &= mountable.size() == volumes.size();
        if (!good || pattern == null || source == null || allowList == null) {
            return Optional.empty();
        }
        return Optional.of(new ModuleConfiguration(
                place,
                ownName,
                pattern,
                source,
                pull,
                files == null ? ModuleResolver.files(baseDirectory) : files,
                entrypoint,
                template == null ? CgiArguments.standard() : CgiArguments.template(template, argvAllowOptions),
                merged,
                distinctHosts,
                distinctMethods,
                authorization,
                streamsRequestBody,
                Optional.ofNullable(type),
                reuse,
                Optional.ofNullable(lazy),
                own,
                allowList,
                localRedirects == null ? Optional.empty() : Optional.of(redirects),
                denied,
                mountable));
    }

    /** Returns the valid patterns of the key; a problem was added for each invalid one. */
    private List<RoutePattern> redirects(Keys keys) {
        List<RoutePattern> patterns = new ArrayList<>();
        for (String text : localRedirects == null ? List.<String>of() : localRedirects) {
            RoutePattern pattern = keys.parse("local_redirects", text, "", RoutePattern::parse);
            if (pattern != null) {
                patterns.add(pattern);
            }
        }
        return patterns;
    }

    /** Returns null if a problem was added. */
    private @Nullable AllowList allowList(Keys keys) {
        String where = keys.at("allowed_hosts");
        AllowList list = AllowList.nothing();
        boolean good = true;
        for (List<String> hosts : List.of(allowedHosts, privateHosts)) {
            for (String host : hosts) {
                try {
                    list = list.with(host, hosts == privateHosts);
                } catch (IllegalArgumentException e) {
                    keys.problems().add(where, "\"" + host + "\" " + e.getMessage());
                    good = false;
                }
            }
        }
        for (String host : list.useless()) {
            LOG.warn(
                    "{}: \"{}\" is a private address, which guests may not connect to; write { host = \"{}\","
                            + " allow_private = true } to allow it",
                    where,
                    host,
                    host);
        }
        return good ? list : null;
    }

    /**
     * Checks environment variables of guests.
     *
     * @param place where they were set
     * @return whether no problem was added
     */
    public static boolean checkVariables(String place, Map<String, String> variables, Problems problems) {
        boolean good = true;
        for (Map.Entry<String, String> variable : variables.entrySet()) {
            String name = variable.getKey();
            String where = place + ", key 'environment." + name + "'";
            if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0) {
                problems.add(where, "\"" + name + "\" is not a variable name; it must not be empty or hold '=' or NUL");
                good = false;
            } else if (MetaVariable.isReserved(name)) {
                problems.add(where, "\"" + name + "\" is set by every request (RFC 3875); choose another name");
                good = false;
            } else if (variable.getValue().indexOf('\0') >= 0) {
                // The value may be a secret, so it is not shown.
                problems.add(where, "the value of \"" + name + "\" holds NUL; leave it out");
                good = false;
            }
        }
        return good;
    }

    private static String unique(String name, Set<String> names) {
        String candidate = name;
        for (int number = 2; !names.add(candidate.toLowerCase(Locale.ROOT)); number++) {
            candidate = name.substring(0, Math.min(name.length(), 56)) + "-" + number;
        }
        return candidate;
    }

    /** Derives a name: {@code guests/hello.wasm} becomes hello; characters that a name cannot contain become dashes. */
    private static String nameOf(@Nullable ModuleReference source) {
        if (source == null) {
            return "module";
        }
        String stem = source.location().replaceFirst("[/\\\\]+$", "").replaceFirst("^.*[/\\\\]", "");
        stem = stem.replaceFirst("\\.(wasm|wat)$", "")
                .replaceAll("[^A-Za-z0-9._-]", "-")
                .replaceFirst("^\\.+", "");
        return stem.isEmpty() ? "module" : stem.substring(0, Math.min(stem.length(), 63));
    }
}
