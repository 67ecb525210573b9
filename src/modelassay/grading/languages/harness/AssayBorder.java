import java.io.*;
import java.util.*;
import org.javatuples.*;

/** Values that a function of a sample returned: a letter for the kind, then the content. Written beside the sample, read beside the tests. */
final class AssayBorder {
    private static final int UNREADABLE = 43, DEEPEST = 200;
    private static DataOutputStream out;
    private static DataInputStream in;

    private static DataOutputStream answers() throws IOException {
        if (out == null) {
            // Descriptor 9 has no path without /proc; the class library opens descriptors by number only so.
            FileDescriptor descriptor = new FileDescriptor();
            try {
                java.lang.reflect.Field number = FileDescriptor.class.getDeclaredField("fd");
                number.setAccessible(true);
                number.setInt(descriptor, 9);
            } catch (ReflectiveOperationException error) {
                throw new IOException(error);
            }
            out = new DataOutputStream(new BufferedOutputStream(new FileOutputStream(descriptor)));
        }
        return out;
    }

    static void put(Object value) throws IOException {
        write(value, 0);
        answers().flush();
    }

    private static void write(Object value, int depth) throws IOException {
        DataOutputStream to = answers();
        if (depth > DEEPEST) { to.writeByte('x'); }
        else if (value == null) { to.writeByte('0'); }
        else if (value instanceof Boolean b) { to.writeByte('b'); to.writeBoolean(b); }
        else if (value instanceof Long l) { to.writeByte('l'); to.writeLong(l); }
        else if (value instanceof Integer i) { to.writeByte('i'); to.writeInt(i); }
        else if (value instanceof Float f) { to.writeByte('f'); to.writeFloat(f); }
        else if (value instanceof Double d) { to.writeByte('d'); to.writeDouble(d); }
        else if (value instanceof Character c) { to.writeByte('c'); to.writeChar(c); }
        else if (value instanceof String s) { to.writeByte('s'); to.writeInt(s.length()); to.writeChars(s); }
        else if (value instanceof Optional<?> o) { to.writeByte('o'); write(o.orElse(null), depth + 1); }
        else if (value instanceof Tuple t) { to.writeByte('t'); writeAll(t.toList(), depth); }
        else if (value instanceof List<?> l) { to.writeByte('a'); writeAll(l, depth); }
        else if (value instanceof Set<?> s) { to.writeByte('e'); writeAll(new ArrayList<>(s), depth); }
        else if (value instanceof Map<?, ?> m) {
            to.writeByte('m');
            List<Object> items = new ArrayList<>();
            for (Map.Entry<?, ?> entry : m.entrySet()) { items.add(entry.getKey()); items.add(entry.getValue()); }
            writeAll(items, depth);
        }
        else { to.writeByte('x'); }
    }

    private static void writeAll(List<?> items, int depth) throws IOException {
        answers().writeInt(items.size());
        for (Object item : items) { write(item, depth + 1); }
    }

    @SuppressWarnings("unchecked")
    static <T> T next() {
        try {
            if (in == null) { in = new DataInputStream(new BufferedInputStream(System.in)); }
            Object value = read(0);
            answers().writeByte('v');
            answers().flush();
            return (T) value;
        } catch (IOException | RuntimeException error) {
            Runtime.getRuntime().halt(UNREADABLE);
            throw new IllegalStateException(error);
        }
    }

    private static Object read(int depth) throws IOException {
        if (depth > DEEPEST + 1) { throw new IOException("nested too deeply"); }
        char kind = (char) in.readByte();
        switch (kind) {
            case '0': return null;
            case 'b': return in.readBoolean();
            case 'l': return in.readLong();
            case 'i': return in.readInt();
            case 'f': return in.readFloat();
            case 'd': return in.readDouble();
            case 'c': return in.readChar();
            case 's': {
                int size = in.readInt();
                StringBuilder text = new StringBuilder();
                for (int at = 0; at < size; at++) { text.append(in.readChar()); }
                return text.toString();
            }
            case 'o': return Optional.ofNullable(read(depth + 1));
            case 'a': return readAll(depth);
            case 'e': return new HashSet<>(readAll(depth));
            case 'm': {
                List<Object> items = readAll(depth);
                Map<Object, Object> made = new HashMap<>();
                for (int at = 0; at + 1 < items.size(); at += 2) { made.put(items.get(at), items.get(at + 1)); }
                return made;
            }
            case 't': return tuple(readAll(depth));
            case 'x': return new Object(); // equal to nothing
            default: throw new IOException("no kind of value");
        }
    }

    private static ArrayList<Object> readAll(int depth) throws IOException {
        ArrayList<Object> made = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) { made.add(read(depth + 1)); }
        return made;
    }

    private static Tuple tuple(List<Object> items) throws IOException {
        switch (items.size()) {
            case 1: return Unit.fromCollection(items);
            case 2: return Pair.fromCollection(items);
            case 3: return Triplet.fromCollection(items);
            case 4: return Quartet.fromCollection(items);
            case 5: return Quintet.fromCollection(items);
            default: throw new IOException("no tuple of that size");
        }
    }
}
