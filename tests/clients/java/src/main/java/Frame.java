import java.net.URI;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.dictionary.DictionaryEncoder;

/** Reads an indicator of all reports to columns, by Arrow Flight: Frame 127.0.0.1:7411 requests.received */
class Frame {
    static ValueVector decoded(FlightStream stream, String column) {
        var numbers = stream.getRoot().getVector(column);
        var words = stream.getDictionaryProvider().lookup(numbers.getField().getDictionary().getId());
        return DictionaryEncoder.decode(numbers, words);
    }

    public static void main(String[] args) throws Exception {
        var asked = "{\"indicators\": [\"" + args[1] + "\"], \"sources\": [\"FIGURE_SOURCE_TABLE\"]}";
        var server = new Location(new URI("grpc+tcp://" + args[0]));
        try (var client = FlightClient.builder(new RootAllocator(), server).build();
                var stream = client.getStream(new Ticket(asked.getBytes()))) {
            while (stream.next()) { // a batch of rows in columns
                var years = stream.getRoot().getVector("year");
                var values = stream.getRoot().getVector("value"); // null where it is no number: a blank is not a zero
                try (var subjects = decoded(stream, "subject"); var states = decoded(stream, "state")) {
                    for (int row = 0; row < stream.getRoot().getRowCount(); row++) {
                        System.out.println(subjects.getObject(row) + "\t" + years.getObject(row) + "\t"
                            + states.getObject(row) + "\t" + values.getObject(row));
                    }
                }
            }
        }
    }
}
