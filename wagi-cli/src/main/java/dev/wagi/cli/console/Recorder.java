// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.console;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.RequestOutcome;
import dev.wagi.core.api.WagiListener;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Keeps what happens in a host, as much as is bounded. Thread-safe. */
final class Recorder implements WagiListener {

    /** Those that no module answers have the empty name. */
    static final String NO_MODULE = "";

    private static final int MOST_ROUTES = 1000;
    private static final int MOST_REASONS = 2000;

    /** How often room is made at most; the hosts are asked for all of their routes. */
    private static final long ROOM_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final int LINES = 50;
    private static final int LINE = 1000;
    private static final int LINES_IN_ALL = 512 << 10;
    private static final int ERRORS = 20;

    /** Of the same text: a server that is overloaded says thousands of times that a queue is full. */
    private static final int ERRORS_ALIKE = 5;

    private static final int ERROR = 2000;
    private static final int ERRORS_IN_ALL = 256 << 10;

    private static final int PATH = 200;

    private static final Set<RequestOutcome> GOOD =
            EnumSet.of(RequestOutcome.ANSWERED, RequestOutcome.HEALTH_CHECK, RequestOutcome.FILE);

    /** What anyone can cause at no cost: it is counted, and pushes nothing out that matters. */
    private static final Set<RequestOutcome> ORDINARY = EnumSet.of(
            RequestOutcome.NOT_FOUND,
            RequestOutcome.METHOD_NOT_ALLOWED,
            RequestOutcome.MALFORMED,
            RequestOutcome.BODY_BROKEN,
            RequestOutcome.BODY_TOO_SLOW,
            RequestOutcome.BODY_TOO_LONG,
            RequestOutcome.TOO_MANY_HEADERS,
            RequestOutcome.CLIENT_GONE);

    /** A route, of files if there is no module. */
    record Key(String module, String route) {}

    private record Reason(String module, String text) {}

    private record Tally(long count, Instant last, String requestId) {}

    private static final Key OTHERS = new Key(NO_MODULE, "");

    private final Clock clock;
    private final LongSupplier nanos;
    private final Traffic all;
    private final AtomicLong nextRoom;
    private volatile @Nullable Supplier<Map<String, Wagi>> hosts;
    private final Map<Key, Traffic> routes = new ConcurrentHashMap<>();
    private final Map<Reason, Tally> reasons = new ConcurrentHashMap<>();
    private final Notes lines = new Notes(LINES, LINES, LINE, LINES_IN_ALL);
    private final Notes errors = new Notes(ERRORS, ERRORS_ALIKE, ERROR, ERRORS_IN_ALL);

    /** How the requests of the form ended, which run now. */
    private final Map<String, OptionalInt> watched = new ConcurrentHashMap<>();

    Recorder(Clock clock, LongSupplier nanos) {
        this.clock = clock;
        this.nanos = nanos;
        long now = nanos.getAsLong();
        this.all = new Traffic(now);
        this.nextRoom = new AtomicLong(now);
    }

    @Override
    public void requestEnded(RequestEnded event) {
        long now = nanos.getAsLong();
        boolean good = GOOD.contains(event.outcome());
        boolean failed = !good && !ORDINARY.contains(event.outcome()) || event.status() >= 500;
        long took = event.totalTime().toNanos();
        all.add(now, took, failed);
        if (!watched.isEmpty()) {
            watched.computeIfPresent(event.requestId(), (id, none) -> event.exitCode());
        }
        String module = event.module().orElse(NO_MODULE);
        event.route().ifPresent(route -> traffic(new Key(module, route), now).add(now, took, failed));
        if (!good) {
            count(module, words(event.outcome()), event.requestId());
        }
        if (failed) {
            String request = request(event);
            if (!errors.complete(module, event.requestId(), request)) {
                String text = good ? "answered " + event.status() : words(event.outcome());
                errors.add(module, new Notes.Note(clock.instant(), event.requestId(), request, text));
            }
        }
    }

    /** What was asked for, without a query, which may have secrets. */
    private static String request(RequestEnded event) {
        String target = event.target();
        int query = target.indexOf('?');
        String path = query < 0 ? target : target.substring(0, query);
        String method = event.method().length() > 20 ? event.method().substring(0, 20) + "…" : event.method();
        return method + " " + decode(path.length() > PATH ? path.substring(0, PATH) : path)
                + (path.length() > PATH ? "…" : "");
    }

    /** Text of which each char is an octet: as UTF-8, what is none is replaced. */
    static String decode(String octets) {
        return new String(octets.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /** For instance {@code queue full}. */
    private static String words(RequestOutcome outcome) {
        return outcome.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private Traffic traffic(Key key, long now) {
        Traffic known = routes.get(key);
        if (known != null) {
            return known;
        }
        if (routes.size() >= MOST_ROUTES) {
            makeRoom(now);
        }
        // Roughly: a few at the same time may be more.
        Key kept = routes.size() < MOST_ROUTES ? key : OTHERS;
        return routes.computeIfAbsent(kept, one -> new Traffic(now));
    }

    private void count(String module, String text, String requestId) {
        Reason reason = new Reason(module, text);
        boolean known = reasons.containsKey(reason);
        if (!known && reasons.size() >= MOST_REASONS) {
            makeRoom(nanos.getAsLong());
        }
        if (known || reasons.size() < MOST_REASONS) {
            Instant now = clock.instant();
            reasons.merge(reason, new Tally(1, now, requestId), (old, one) -> new Tally(old.count + 1, now, requestId));
        }
    }

    @Override
    public void limitReached(LimitReached event) {
        count(event.module(), "limit " + event.limit(), event.requestId());
    }

    @Override
    public void guestLogged(GuestLogged event) {
        lines.add(event.module(), new Notes.Note(clock.instant(), event.requestId(), "", event.line()));
    }

    @Override
    public void requestWarned(RequestWarned event) {
        errors.add(event.module(), new Notes.Note(clock.instant(), event.requestId(), "", event.text()));
    }

    @Override
    public void guestAbandoned(GuestAbandoned event) {
        count(event.module(), "guest did not end", event.requestId());
    }

    /** From now on the exit code of a request is kept, until it is {@linkplain #forget forgotten}. */
    void watch(String requestId) {
        watched.put(requestId, OptionalInt.empty());
    }

    /** Returns the exit code of a request that is watched; null if no guest has run to its end. */
    @Nullable
    Integer exitCode(String requestId) {
        OptionalInt code = watched.getOrDefault(requestId, OptionalInt.empty());
        return code.isPresent() ? code.getAsInt() : null;
    }

    void forget(String requestId) {
        watched.remove(requestId);
    }

    Snapshot.Traffic traffic() {
        return all.read(nanos.getAsLong());
    }

    /** Returns the requests of a route; null if there were none. */
    Snapshot.@Nullable Traffic traffic(Key key) {
        Traffic traffic = routes.get(key);
        return traffic == null ? null : traffic.read(nanos.getAsLong());
    }

    /** Sets which hosts there are, to be asked when there is no room for more. */
    void hosts(Supplier<Map<String, Wagi>> current) {
        hosts = current;
    }

    /** Forgets routes and modules that none of the hosts has any more. */
    void retain(Map<String, Wagi> current) {
        Set<Key> kept = new HashSet<>(Set.of(OTHERS));
        Set<String> modules = new HashSet<>(Set.of(NO_MODULE));
        for (Wagi wagi : current.values()) {
            wagi.routes().forEach(route -> kept.add(new Key(route.module(), route.route())));
            wagi.modules().forEach(module -> modules.add(module.module()));
        }
        routes.keySet().retainAll(kept);
        reasons.keySet().removeIf(reason -> !modules.contains(reason.module));
        lines.retain(modules);
        errors.retain(modules);
    }

    /** A node has others every day. */
    private void makeRoom(long now) {
        Supplier<Map<String, Wagi>> current = hosts;
        long due = nextRoom.get();
        if (current != null && now - due >= 0 && nextRoom.compareAndSet(due, now + ROOM_NANOS)) {
            retain(current.get());
        }
    }

    /** Why requests failed, the last first. */
    List<Snapshot.Reason> reasons() {
        return reasons.entrySet().stream()
                .map(entry -> new Snapshot.Reason(
                        entry.getKey().module,
                        entry.getKey().text,
                        entry.getValue().count,
                        entry.getValue().last,
                        entry.getValue().requestId))
                .sorted(Comparator.comparing(Snapshot.Reason::last).reversed())
                .toList();
    }

    List<Notes.Note> lines(String module) {
        return lines.of(module);
    }

    List<Notes.Note> errors(String module) {
        return errors.of(module);
    }

    /** The errors of a request, the oldest first. */
    List<Notes.Note> errorsOf(String requestId) {
        return errors.ofRequest(requestId);
    }

    /** What the guest of a request wrote, the oldest first. */
    List<Notes.Note> linesOf(String requestId) {
        return lines.ofRequest(requestId);
    }
}
