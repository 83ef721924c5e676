// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import dev.wagi.core.Wagi;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * The properties below {@code wagi}. Those of modules and limits are the keys of {@code modules.toml}, which
 * docs/configuration.md describes; sizes are texts such as {@code 64MiB}. A property that is not known is an error.
 */
@ConfigurationProperties(prefix = "wagi", ignoreUnknownFields = false)
public class WagiProperties {

    /** Whether modules are served at all. */
    private boolean enabled = true;

    /** Location of a configuration file: classpath:, file: or any URL. Needs dev.wagi:wagi-config. */
    private @Nullable String configuration;

    /** Where modules are served: / for every path that no controller answers, or a prefix such as /wagi. */
    private String path = "/";

    /** Modules, with the keys of [[module]] in modules.toml. */
    private List<Module> module = new ArrayList<>();

    // The property is called static, which no field can be: META-INF/additional-spring-configuration-metadata.json
    // describes it.
    private List<StaticFiles> staticFiles = new ArrayList<>();

    /** Limits of all modules that do not set them themselves. */
    private Settings defaults = new Settings();

    /** Variables of all modules; a variable of a module wins. */
    private Map<String, String> environment = new LinkedHashMap<>();

    /** How modules run: compiler, or interpreter, which is 10 to 100 times slower. */
    private String engine = "compiler";

    /** Directory that keeps compiled modules for the next start; nothing is kept by default. */
    private @Nullable Path compileCache;

    /** Directory for the standard error of guests; by default it goes to loggers named dev.wagi.guest.MODULE. */
    private @Nullable Path logDirectory;

    /** Whether the other modules are served if one cannot be loaded; it answers 503. */
    private boolean keepGoing = false;

    /** Requests of all modules that run at the same time; 16 for each processor by default. */
    private @Nullable Integer maxTotalConcurrency;

    /** Requests of all modules that wait for their turn; 256 by default. */
    private @Nullable Integer maxTotalQueue;

    /** Time to fetch a module, and to compile it; 5m by default. */
    private @Nullable Duration loadTimeout;

    /** Path of the health check of WAGI itself; none by default, see the health indicator. */
    private String healthPath = "";

    /** Time to wait for requests in flight when the application stops. */
    private Duration grace = Wagi.DEFAULT_GRACE;

    /** Whether the actuator endpoint wagi may reload the configuration. */
    private boolean reloadEndpoint = false;

    public boolean isEnabled() {
        return enabled;
    }

    public void setEnabled(boolean value) {
        this.enabled = value;
    }

    public @Nullable String getConfiguration() {
        return configuration;
    }

    public void setConfiguration(@Nullable String value) {
        this.configuration = value;
    }

    public String getPath() {
        return path;
    }

    public void setPath(String value) {
        this.path = value;
    }

    public List<Module> getModule() {
        return module;
    }

    public void setModule(List<Module> value) {
        this.module = value;
    }

    public List<StaticFiles> getStatic() {
        return staticFiles;
    }

    public void setStatic(List<StaticFiles> value) {
        this.staticFiles = value;
    }

    public Settings getDefaults() {
        return defaults;
    }

    public void setDefaults(Settings value) {
        this.defaults = value;
    }

    public Map<String, String> getEnvironment() {
        return environment;
    }

    public void setEnvironment(Map<String, String> value) {
        this.environment = value;
    }

    public String getEngine() {
        return engine;
    }

    public void setEngine(String value) {
        this.engine = value;
    }

    public @Nullable Path getCompileCache() {
        return compileCache;
    }

    public void setCompileCache(@Nullable Path value) {
        this.compileCache = value;
    }

    public @Nullable Path getLogDirectory() {
        return logDirectory;
    }

    public void setLogDirectory(@Nullable Path value) {
        this.logDirectory = value;
    }

    public boolean isKeepGoing() {
        return keepGoing;
    }

    public void setKeepGoing(boolean value) {
        this.keepGoing = value;
    }

    public @Nullable Integer getMaxTotalConcurrency() {
        return maxTotalConcurrency;
    }

    public void setMaxTotalConcurrency(@Nullable Integer value) {
        this.maxTotalConcurrency = value;
    }

    public @Nullable Integer getMaxTotalQueue() {
        return maxTotalQueue;
    }

    public void setMaxTotalQueue(@Nullable Integer value) {
        this.maxTotalQueue = value;
    }

    public @Nullable Duration getLoadTimeout() {
        return loadTimeout;
    }

    public void setLoadTimeout(@Nullable Duration value) {
        this.loadTimeout = value;
    }

    public String getHealthPath() {
        return healthPath;
    }

    public void setHealthPath(String value) {
        this.healthPath = value;
    }

    public Duration getGrace() {
        return grace;
    }

    public void setGrace(Duration value) {
        this.grace = value;
    }

    public boolean isReloadEndpoint() {
        return reloadEndpoint;
    }

    public void setReloadEndpoint(boolean value) {
        this.reloadEndpoint = value;
    }

    /** Limits of what a guest may take. */
    public static class Settings {
        /** Time from the arrival of a request to the last byte of its response; 30s by default. */
        private @Nullable Duration timeout;

        /** Memory of one guest; 256MiB by default. */
        private @Nullable String maxMemory;

        /** Entries of all tables of one guest; 1048576 by default. */
        private @Nullable Integer maxTableEntries;

        /** Descriptors of one guest; 64 by default. */
        private @Nullable Integer maxOpenFiles;

        /** Length of a request body, answered 413 beyond it; 10MiB by default. */
        private @Nullable String maxRequestBody;

        /** Header fields of a request, answered 431 beyond it; 256 by default. */
        private @Nullable Integer maxRequestHeaders;

        /** Length of what a guest prints after its header block; 64MiB by default. */
        private @Nullable String maxResponseBody;

        /** Length of the header block that a guest prints; 64KiB by default. */
        private @Nullable String maxHeaderBytes;

        /** Fields in the header block that a guest prints; 256 by default. */
        private @Nullable Integer maxHeaders;

        /** Standard error that is logged for one request; 1MiB by default. */
        private @Nullable String maxStderr;

        /** Requests of one module that run at the same time; 12 for each processor by default. */
        private @Nullable Integer maxConcurrency;

        /** Requests of one module that wait for their turn; 192 by default. */
        private @Nullable Integer maxQueue;

        /** Bytes of a request body that must arrive per second; 256 by default. */
        private @Nullable String minRequestBodyRate;

        /** Outbound responses that one guest may hold open; 4 by default. */
        private @Nullable Integer httpMaxConcurrency;

        /** Outbound calls of one guest; 32 by default. */
        private @Nullable Integer httpMaxRequests;

        /** Length of one outbound response body; 16MiB by default. */
        private @Nullable String httpMaxResponseBody;

        public @Nullable Duration getTimeout() {
            return timeout;
        }

        public void setTimeout(@Nullable Duration value) {
            this.timeout = value;
        }

        public @Nullable String getMaxMemory() {
            return maxMemory;
        }

        public void setMaxMemory(@Nullable String value) {
            this.maxMemory = value;
        }

        public @Nullable Integer getMaxTableEntries() {
            return maxTableEntries;
        }

        public void setMaxTableEntries(@Nullable Integer value) {
            this.maxTableEntries = value;
        }

        public @Nullable Integer getMaxOpenFiles() {
            return maxOpenFiles;
        }

        public void setMaxOpenFiles(@Nullable Integer value) {
            this.maxOpenFiles = value;
        }

        public @Nullable String getMaxRequestBody() {
            return maxRequestBody;
        }

        public void setMaxRequestBody(@Nullable String value) {
            this.maxRequestBody = value;
        }

        public @Nullable Integer getMaxRequestHeaders() {
            return maxRequestHeaders;
        }

        public void setMaxRequestHeaders(@Nullable Integer value) {
            this.maxRequestHeaders = value;
        }

        public @Nullable String getMaxResponseBody() {
            return maxResponseBody;
        }

        public void setMaxResponseBody(@Nullable String value) {
            this.maxResponseBody = value;
        }

        public @Nullable String getMaxHeaderBytes() {
            return maxHeaderBytes;
        }

        public void setMaxHeaderBytes(@Nullable String value) {
            this.maxHeaderBytes = value;
        }

        public @Nullable Integer getMaxHeaders() {
            return maxHeaders;
        }

        public void setMaxHeaders(@Nullable Integer value) {
            this.maxHeaders = value;
        }

        public @Nullable String getMaxStderr() {
            return maxStderr;
        }

        public void setMaxStderr(@Nullable String value) {
            this.maxStderr = value;
        }

        public @Nullable Integer getMaxConcurrency() {
            return maxConcurrency;
        }

        public void setMaxConcurrency(@Nullable Integer value) {
            this.maxConcurrency = value;
        }

        public @Nullable Integer getMaxQueue() {
            return maxQueue;
        }

        public void setMaxQueue(@Nullable Integer value) {
            this.maxQueue = value;
        }

        public @Nullable String getMinRequestBodyRate() {
            return minRequestBodyRate;
        }

        public void setMinRequestBodyRate(@Nullable String value) {
            this.minRequestBodyRate = value;
        }

        public @Nullable Integer getHttpMaxConcurrency() {
            return httpMaxConcurrency;
        }

        public void setHttpMaxConcurrency(@Nullable Integer value) {
            this.httpMaxConcurrency = value;
        }

        public @Nullable Integer getHttpMaxRequests() {
            return httpMaxRequests;
        }

        public void setHttpMaxRequests(@Nullable Integer value) {
            this.httpMaxRequests = value;
        }

        public @Nullable String getHttpMaxResponseBody() {
            return httpMaxResponseBody;
        }

        public void setHttpMaxResponseBody(@Nullable String value) {
            this.httpMaxResponseBody = value;
        }
    }

    /** Files that are served without a module. */
    public static class StaticFiles {
        /** Paths they answer: /prefix/... for a directory, /exact for one file. Required. */
        private @Nullable String route;

        /** The directory or file of this machine. Required. */
        private @Nullable String path;

        /** Virtual hosts they answer to, without port; all by default. */
        private @Nullable List<String> hosts;

        /** The file that answers for its directory; an empty text for none. */
        private String index = "index.html";

        /** Media types by extension, in addition to those of the web. */
        private Map<String, String> types = new LinkedHashMap<>();

        /** The Cache-Control field; none by default. */
        private @Nullable String cacheControl;

        /** Whether name.br and name.gz next to name are sent to clients that accept these codings. */
        private boolean precompressed = true;

        public @Nullable String getRoute() {
            return route;
        }

        public void setRoute(@Nullable String value) {
            this.route = value;
        }

        public @Nullable String getPath() {
            return path;
        }

        public void setPath(@Nullable String value) {
            this.path = value;
        }

        public @Nullable List<String> getHosts() {
            return hosts;
        }

        public void setHosts(@Nullable List<String> value) {
            this.hosts = value;
        }

        public String getIndex() {
            return index;
        }

        public void setIndex(String value) {
            this.index = value;
        }

        public Map<String, String> getTypes() {
            return types;
        }

        public void setTypes(Map<String, String> value) {
            this.types = value;
        }

        public @Nullable String getCacheControl() {
            return cacheControl;
        }

        public void setCacheControl(@Nullable String value) {
            this.cacheControl = value;
        }

        public boolean isPrecompressed() {
            return precompressed;
        }

        public void setPrecompressed(boolean value) {
            this.precompressed = value;
        }
    }

    /** One module. */
    public static class Module extends Settings {
        /** Paths it answers: /exact, or /prefix/... for the prefix and everything below it. Required. */
        private @Nullable String route;

        /** Where the module is: a file, classpath:name, oci:image or another reference. Required. */
        private @Nullable String module;

        /** Its name in logs; by default the name of the file without its ending. */
        private @Nullable String name;

        /** Exported function that is called; _start by default. */
        private @Nullable String entrypoint;

        /**
         * Command line as a template of ${SCRIPT_NAME} and ${ARGS}; by default the path and one argument for each item
         * of the query.
         */
        private @Nullable List<String> argv;

        /** Whether query parameters that begin with - are let through a template. */
        private boolean argvAllowOptions = false;

        /** Variables of this module only. */
        private Map<String, String> environment = new LinkedHashMap<>();

        /** Virtual hosts it answers to, without port; all by default. */
        private @Nullable List<String> hosts;

        /** Methods it answers; all by default. GET includes HEAD. */
        private @Nullable List<String> methods;

        /** What becomes of a body of unknown length: collect (the default) or stream. */
        private @Nullable String requestBody;

        /** Media type of everything that the guest prints; it prints no header block then. */
        private @Nullable String contentType;

        /** Whether the guest sees the Authorization header. */
        private boolean authorization = false;

        /** Whether an instance serves one request after another. */
        private boolean reuse = true;

        /**
         * When the module is compiled: "eager" for before the first request, "lazy" for at the first request. By
         * default lazy if there are more than 64 different modules.
         */
        private @Nullable String load;

        /** Where outbound calls may go: scheme://host[:port]; nowhere by default. */
        private @Nullable List<String> allowedHosts;

        /** Where outbound calls may go although the address is private. */
        private @Nullable List<String> allowedPrivateHosts;

        /** Paths to which guests may redirect within the host; all by default, false for none. */
        private @Nullable List<String> localRedirects;

        /** Header fields that guests may not set; they are dropped. */
        private @Nullable List<String> denyResponseHeaders;

        /** Host directories by the path at which the guest finds them; write the path in brackets. */
        private Map<String, Volume> volumes = new LinkedHashMap<>();

        public @Nullable String getRoute() {
            return route;
        }

        public void setRoute(@Nullable String value) {
            this.route = value;
        }

        public @Nullable String getModule() {
            return module;
        }

        public void setModule(@Nullable String value) {
            this.module = value;
        }

        public @Nullable String getName() {
            return name;
        }

        public void setName(@Nullable String value) {
            this.name = value;
        }

        public @Nullable String getEntrypoint() {
            return entrypoint;
        }

        public void setEntrypoint(@Nullable String value) {
            this.entrypoint = value;
        }

        public @Nullable List<String> getArgv() {
            return argv;
        }

        public void setArgv(@Nullable List<String> value) {
            this.argv = value;
        }

        public boolean isArgvAllowOptions() {
            return argvAllowOptions;
        }

        public void setArgvAllowOptions(boolean value) {
            this.argvAllowOptions = value;
        }

        public Map<String, String> getEnvironment() {
            return environment;
        }

        public void setEnvironment(Map<String, String> value) {
            this.environment = value;
        }

        public @Nullable List<String> getHosts() {
            return hosts;
        }

        public void setHosts(@Nullable List<String> value) {
            this.hosts = value;
        }

        public @Nullable List<String> getMethods() {
            return methods;
        }

        public void setMethods(@Nullable List<String> value) {
            this.methods = value;
        }

        public @Nullable String getRequestBody() {
            return requestBody;
        }

        public void setRequestBody(@Nullable String value) {
            this.requestBody = value;
        }

        public @Nullable String getContentType() {
            return contentType;
        }

        public void setContentType(@Nullable String value) {
            this.contentType = value;
        }

        public boolean isAuthorization() {
            return authorization;
        }

        public void setAuthorization(boolean value) {
            this.authorization = value;
        }

        public boolean isReuse() {
            return reuse;
        }

        public void setReuse(boolean value) {
            this.reuse = value;
        }

        public @Nullable String getLoad() {
            return load;
        }

        public void setLoad(@Nullable String value) {
            this.load = value;
        }

        public @Nullable List<String> getAllowedHosts() {
            return allowedHosts;
        }

        public void setAllowedHosts(@Nullable List<String> value) {
            this.allowedHosts = value;
        }

        public @Nullable List<String> getAllowedPrivateHosts() {
            return allowedPrivateHosts;
        }

        public void setAllowedPrivateHosts(@Nullable List<String> value) {
            this.allowedPrivateHosts = value;
        }

        public @Nullable List<String> getLocalRedirects() {
            return localRedirects;
        }

        public void setLocalRedirects(@Nullable List<String> value) {
            this.localRedirects = value;
        }

        public @Nullable List<String> getDenyResponseHeaders() {
            return denyResponseHeaders;
        }

        public void setDenyResponseHeaders(@Nullable List<String> value) {
            this.denyResponseHeaders = value;
        }

        public Map<String, Volume> getVolumes() {
            return volumes;
        }

        public void setVolumes(Map<String, Volume> value) {
            this.volumes = value;
        }
    }

    /** A host directory that a guest may use. */
    public static class Volume {
        /** Host directory. Required. */
        private @Nullable String path;

        /** Whether guests may change its content: ro (the default) or rw. */
        private @Nullable String mode;

        /** Total size of the files in it; without limit by default. */
        private @Nullable String maxBytes;

        /** Number of files and directories in it; without limit by default. */
        private @Nullable Long maxFiles;

        /** Whether guests may make symbolic links in it. */
        private boolean links = false;

        public @Nullable String getPath() {
            return path;
        }

        public void setPath(@Nullable String value) {
            this.path = value;
        }

        public @Nullable String getMode() {
            return mode;
        }

        public void setMode(@Nullable String value) {
            this.mode = value;
        }

        public @Nullable String getMaxBytes() {
            return maxBytes;
        }

        public void setMaxBytes(@Nullable String value) {
            this.maxBytes = value;
        }

        public @Nullable Long getMaxFiles() {
            return maxFiles;
        }

        public void setMaxFiles(@Nullable Long value) {
            this.maxFiles = value;
        }

        public boolean isLinks() {
            return links;
        }

        public void setLinks(boolean value) {
            this.links = value;
        }
    }
}
