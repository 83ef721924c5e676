// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.console;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The last texts about each module. What it takes is bounded whatever guests write: each text is cut, each module has
 * so many, and all modules together have so many characters, of which each that wrote anything has an equal share. The
 * newest text of a module is always there, and cut if it is larger than that share. Thread-safe.
 */
final class Notes {

    /** What an entry takes besides its text, in characters. */
    private static final int ENTRY = 100;

    private static final int MOST_MODULES = 1000;

    /**
     * A text.
     *
     * @param request the method and the path of the request; empty if they are not known
     */
    record Note(Instant time, String requestId, String request, String text) {
        int size() {
            return ENTRY + request.length() + text.length();
        }
    }

    private static final class Ring {
        final Deque<Note> notes = new ArrayDeque<>();
        int size;
    }

    private final int mostNotes;
    private final int mostAlike;
    private final int mostText;
    private final int mostInAll;

    /** The modules, those first that have written nothing for the longest time. Guarded by this. */
    private final Map<String, Ring> rings = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * Creates an empty collection.
     *
     * @param mostNotes how many texts a module has
     * @param mostAlike how many of them may be the same, so that a flood of one does not push out the others
     * @param mostText how many characters of each are kept
     * @param mostInAll how many characters there are in all
     */
    Notes(int mostNotes, int mostAlike, int mostText, int mostInAll) {
        this.mostNotes = mostNotes;
        this.mostAlike = mostAlike;
        this.mostText = mostText;
        this.mostInAll = mostInAll;
    }

    synchronized void add(String module, Note note) {
        Ring ring = rings.get(module);
        if (ring == null) {
            if (rings.size() == MOST_MODULES) {
                rings.remove(rings.keySet().iterator().next());
            }
            ring = new Ring();
            rings.put(module, ring);
            rings.values().forEach(this::trim); // each has less now
        }
        Note kept = new Note(note.time(), note.requestId(), cut(note.request(), mostText), cut(note.text(), mostText));
        removeAlike(ring, kept.text());
        ring.notes.addLast(kept);
        ring.size += kept.size();
        trim(ring);
    }

    /** Makes room for one more of a text, at the expense of the oldest. */
    private void removeAlike(Ring ring, String text) {
        Note oldest = null;
        int alike = 0;
        for (Note each : ring.notes) {
            if (each.text().equals(text)) {
                oldest = oldest == null ? each : oldest;
                alike++;
            }
        }
        if (oldest != null && alike >= mostAlike) {
            ring.notes.removeFirstOccurrence(oldest); // of equal ones, the first is the oldest
            ring.size -= oldest.size();
        }
    }

    /** Says for which request the last text with this id was written; returns false if there is none. */
    synchronized boolean complete(String module, String requestId, String request) {
        Ring ring = rings.get(module);
        if (ring == null) {
            return false;
        }
        Note last = ring.notes.peekLast();
        Deque<Note> newer = new ArrayDeque<>();
        while (last != null && !last.requestId().equals(requestId)) {
            newer.addFirst(ring.notes.removeLast());
            last = ring.notes.peekLast();
        }
        if (last != null) {
            Note whole = new Note(last.time(), requestId, cut(request, mostText), last.text());
            ring.notes.removeLast();
            ring.notes.addLast(whole);
            ring.size += whole.size() - last.size();
        }
        ring.notes.addAll(newer);
        trim(ring);
        return last != null;
    }

    private void trim(Ring ring) {
        int share = mostInAll / rings.size();
        while (ring.notes.size() > mostNotes || ring.notes.size() > 1 && ring.size > share) {
            ring.size -= ring.notes.removeFirst().size();
        }
        if (ring.size > share) {
            Note fitting = fit(ring.notes.removeLast(), share);
            ring.notes.addLast(fitting);
            ring.size = fitting.size();
        }
    }

    /** Cuts a note, of its request at most a half, so that its text begins with what happened. */
    private static Note fit(Note note, int most) {
        int room = most - ENTRY - 2 * "…".length();
        String request = cut(note.request(), Math.max(1, room / 2));
        return new Note(note.time(), note.requestId(), request, cut(note.text(), Math.max(1, room - request.length())));
    }

    private static String cut(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
        return text.substring(0, end) + "…";
    }

    /** Returns the texts about a module, the newest first. */
    synchronized List<Note> of(String module) {
        Ring ring = rings.get(module);
        List<Note> all = new ArrayList<>();
        if (ring != null) {
            ring.notes.descendingIterator().forEachRemaining(all::add);
        }
        return all;
    }

    /** Returns the texts about a request, the oldest first. */
    synchronized List<Note> ofRequest(String requestId) {
        List<Note> all = new ArrayList<>();
        for (Ring ring : rings.values()) {
            for (Note note : ring.notes) {
                if (note.requestId().equals(requestId)) {
                    all.add(note);
                }
            }
        }
        return all;
    }

    /** Forgets other modules. */
    synchronized void retain(Set<String> modules) {
        rings.keySet().retainAll(modules);
    }

    /** Returns the characters in all, with what entries take. */
    synchronized int size() {
        return rings.values().stream().mapToInt(ring -> ring.size).sum();
    }
}
