// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.config;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.Limits;
import dev.wagi.core.cgi.CgiArguments;
import dev.wagi.core.cgi.HostPort;
import dev.wagi.core.cgi.MetaVariable;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.PullOptions;
import dev.wagi.core.outbound.AllowList;
import dev.wagi.core.route.RoutePattern;
import dev.wagi.core.volume.Volume;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An entry of a configuration as the user wrote it, unchecked. Mutable; the one place where the rules for modules are.
 */
public final class ModuleDraft {

    /** The entrypoint of WASI command modules. */
    public static final String DEFAULT_ENTRYPOINT = "_start";

    /** The default of {@code request_body}: read before the guest runs if its length is not known. */
    public static final String COLLECT = "collect";

    /** Of {@code request_body}: read by the guest as it arrives. */
    public static final String STREAM = "stream";

    private static final Logger LOG = LoggerFactory.getLogger(ModuleDraft.class);

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}");

    /** Type, subtype and parameters of RFC 9110, section 8.3.1; quoted values without escapes. */
    private static final Pattern MEDIA_TYPE = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+"
            + "( *; *[!#$%&'*+.^_`|~0-9A-Za-z-]+=([!#$%&'*+.^_`|~0-9A-Za-z-]+|\"[ !#-\\[\\]-~]*\"))*");

    /** What a guest prints for the host. */
    private static final Set<String> CGI_FIELDS = Set.of("content-type", "location", "status");

    private final String place;
    private final Path baseDirectory;

    /** The {@code name} key; without it the name is taken from the module's reference. */
    public @Nullable String name;

    /** What to call it if the name is not written out; without it, after the module's reference. */
    public @Nullable String derivedName;

    /** The {@code route} key. */
    public @Nullable String route;

    /** The {@code module} key. */
    public @Nullable String module;

    /** How it is to be fetched; no key, a manifest says it. */
    public PullOptions pull = PullOptions.none();

    /** The {@code entrypoint} key. */
    public String entrypoint = DEFAULT_ENTRYPOINT;

    /** The {@code argv} key, split. */
    public @Nullable List<String> argv;

    /** The {@code argv_allow_options} key. */
    public boolean argvAllowOptions;

    /** The {@code environment} table. */
    public final Map<String, String> environment = new LinkedHashMap<>();

    /** The {@code hosts} key. */
    public List<String> hosts = List.of();

    /** The {@code methods} key. */
    public List<String> methods = List.of();

    /** The {@code authorization} key. */
    public boolean authorization;

    /** The {@code request_body} key. */
    public String requestBody = COLLECT;

    /** The {@code content_type} key. */
    public @Nullable String contentType;

    /** The {@code reuse} key. */
    public boolean reuse = true;

    /** What the keys of limits change, in the order in which they count. */
    public final List<UnaryOperator<Limits>> limits = new ArrayList<>();

    /** The {@code bindle_server} key. */
    public @Nullable String bindleServer;

    /** The {@code allowed_hosts} key: those that must have public addresses. */
    public List<String> allowedHosts = List.of();

    /** The {@code allowed_hosts} key: those with {@code allow_private}. */
    public List<String> privateHosts = List.of();

    /** The {@code local_redirects} key: where to, none for {@code false}, null for everywhere. */
    public @Nullable List<String> localRedirects;

    /** The {@code deny_response_headers} key. */
    public List<String> deniedResponseHeaders = List.of();

    /** The {@code volumes} key. */
    public List<VolumeDraft> volumes = new ArrayList<>();

    /**
     * An empty entry.
     *
     * @param place where it is, for messages
     * @param baseDirectory what a relative file is relative to
     */
    public ModuleDraft(String place, Path baseDirectory) {
        this.place = place;
        this.baseDirectory = baseDirectory;
    }

    /** An entry that begins with the settings of another one. */
    public ModuleDraft(String place, ModuleDraft defaults) {
        this(place, defaults.baseDirectory);
        argv = defaults.argv;
        argvAllowOptions = defaults.argvAllowOptions;
        environment.putAll(defaults.environment);
        hosts = defaults.hosts;
        methods = defaults.methods;
        authorization = defaults.authorization;
        requestBody = defaults.requestBody;
        reuse = defaults.reuse;
        localRedirects = defaults.localRedirects;
        deniedResponseHeaders = defaults.deniedResponseHeaders;
        limits.addAll(defaults.limits);
    }

    /**
     * Notes the name, if there is one: it must be this entry's only.
     *
     * @param names the names taken so far, in lower case because they are also directories
     */
    public void claimName(Set<String> names, Problems problems) {
        if (name != null && !names.add(name.toLowerCase(Locale.ROOT))) {
            problems.add(at("name"), "\"" + name + "\" is the name of another module; give each its own");
        }
    }

    /**
     * Checks everything.
     *
     * @param names the names taken so far; a name that is not written out is made different from them
     * @param variables variables for all modules; this entry's own win
     * @param common limits of all modules; this entry's own win
     * @return empty if a problem was added
     */
    public Optional<ModuleConfiguration> check(
            Set<String> names, Map<String, String> variables, Limits common, Problems problems) {
        RoutePattern pattern = parse("route", route, "\"/hello/...\"", RoutePattern::parse, problems);
        ModuleReference source = parse("module", module, "\"hello.wasm\"", ModuleReference::parse, problems);
        boolean good = pattern != null && source != null;
        String ownName = name == null ? unique(derivedName == null ? nameOf(source) : derivedName, names) : name;
        good &= test(
                NAME.matcher(ownName).matches(),
                "name",
                ownName,
                "is not 1 to 63 letters, digits, '.', '_' or '-'; it names the module's log",
                problems);
        good &= test(
                !entrypoint.isEmpty(),
                "entrypoint",
                entrypoint,
                "is empty; write the name of an exported function or leave the key out",
                problems);
        List<String> template = argv;
        good &= test(
                template == null || !template.isEmpty(),
                "argv",
                "",
                "is empty; write at least the program's name, as in \"${SCRIPT_NAME} ${ARGS}\", or leave the key out",
                problems);
        good &= checkVariables(place, environment, problems);
        Map<String, String> merged = new LinkedHashMap<>(variables);
        merged.putAll(environment);
        Set<String> distinctHosts = new LinkedHashSet<>();
        for (String host : hosts) {
            Optional<HostPort> parsed = HostPort.parse(host);
            parsed.ifPresent(name -> distinctHosts.add(name.host()));
            good &= test(
                    parsed.isPresent() && parsed.get().port() < 0,
                    "hosts",
                    host,
                    "is not a host name without port; write for instance \"example.org\"",
                    problems);
        }
        Set<String> distinctMethods = new LinkedHashSet<>();
        for (String method : methods) {
            good &= test(
                    Headers.isToken(method),
                    "methods",
                    method,
                    "is not an HTTP method; write for instance \"GET\"",
                    problems);
            distinctMethods.add(method);
        }
        good &= test(
                requestBody.equals(COLLECT) || requestBody.equals(STREAM),
                "request_body",
                requestBody,
                "is neither \"" + COLLECT + "\" nor \"" + STREAM + "\"",
                problems);
        String type = contentType;
        good &= test(
                type == null || MEDIA_TYPE.matcher(type).matches(),
                "content_type",
                type,
                "is not a media type; write for instance \"image/svg+xml\" or \"text/plain; charset=utf-8\"",
                problems);
        List<RoutePattern> redirects = redirects(problems);
        good &= localRedirects == null || redirects.size() == localRedirects.size();
        Set<String> denied = new LinkedHashSet<>();
        for (String header : deniedResponseHeaders) {
            String lower = header.toLowerCase(Locale.ROOT);
            good &= test(
                    Headers.isToken(header) && !CGI_FIELDS.contains(lower),
                    "deny_response_headers",
                    header,
                    CGI_FIELDS.contains(lower)
                            ? "makes the response what it is (RFC 3875) and cannot be denied; leave it out"
                            : "is not the name of a header field; write for instance \"Set-Cookie\"",
                    problems);
            denied.add(lower);
        }
        AllowList allowList = allowList(problems);
        good &= allowList != null;
        Optional<URI> server = Optional.ofNullable(bindleServer).map(ModuleDraft::httpUrl);
        good &= test(
                bindleServer == null || server.isPresent(),
                "bindle_server",
                bindleServer,
                "is not an http or https URL; write for instance \"https://bindle.example.org/v1\"",
                problems);
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
                baseDirectory,
                entrypoint,
                template == null ? CgiArguments.standard() : CgiArguments.template(template, argvAllowOptions),
                merged,
                distinctHosts,
                distinctMethods,
                authorization,
                requestBody.equals(STREAM),
                Optional.ofNullable(type),
                reuse,
                own,
                server,
                allowList,
                localRedirects == null ? Optional.empty() : Optional.of(redirects),
                denied,
                mountable));
    }

    /** Those of the key that are patterns; a problem was added for each other one. */
    private List<RoutePattern> redirects(Problems problems) {
        List<RoutePattern> patterns = new ArrayList<>();
        for (String text : localRedirects == null ? List.<String>of() : localRedirects) {
            RoutePattern pattern = parse("local_redirects", text, "", RoutePattern::parse, problems);
            if (pattern != null) {
                patterns.add(pattern);
            }
        }
        return patterns;
    }

    /** Null if a problem was added. */
    private @Nullable AllowList allowList(Problems problems) {
        String where = at("allowed_hosts");
        AllowList list = AllowList.nothing();
        boolean good = true;
        for (List<String> hosts : List.of(allowedHosts, privateHosts)) {
            for (String host : hosts) {
                try {
                    list = list.with(host, hosts == privateHosts);
                } catch (IllegalArgumentException e) {
                    problems.add(where, "\"" + host + "\" " + e.getMessage());
                    good = false;
                }
            }
        }
        for (String host : list.useless()) {
            LOG.warn(
                    "{}: \"{}\" is a private address, which guests are not let through to; write { host = \"{}\","
                            + " allow_private = true } if they shall be",
                    where,
                    host,
                    host);
        }
        return good ? list : null;
    }

    /**
     * Checks variables of guests.
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

    /** For messages: {@code modules.toml, module 3, key 'route'}. */
    private String at(String key) {
        return place + ", key '" + key + "'";
    }

    private boolean test(boolean good, String key, @Nullable String value, String text, Problems problems) {
        if (!good) {
            problems.add(at(key), "\"" + value + "\" " + text);
        }
        return good;
    }

    private <T> @Nullable T parse(
            String key, @Nullable String text, String example, Function<String, T> parser, Problems problems) {
        if (text == null) {
            problems.add(place, "the key '" + key + "' is missing; write for instance " + key + " = " + example);
            return null;
        }
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            problems.add(at(key), "\"" + text + "\" " + e.getMessage());
            return null;
        }
    }

    private static @Nullable URI httpUrl(String text) {
        try {
            URI url = new URI(text);
            boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            return http && url.getHost() != null ? url : null;
        } catch (URISyntaxException e) {
            return null;
        }
    }

    private static String unique(String name, Set<String> names) {
        String candidate = name;
        for (int number = 2; !names.add(candidate.toLowerCase(Locale.ROOT)); number++) {
            candidate = name.substring(0, Math.min(name.length(), 56)) + "-" + number;
        }
        return candidate;
    }

    /** {@code guests/hello.wasm} is called hello; what a name cannot hold becomes a dash. */
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
