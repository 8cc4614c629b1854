import gongkai.v1.Query.GetReportRequest;
import gongkai.v1.Query.ResolveReportRequest;
import gongkai.v1.QueryServiceGrpc;
import io.grpc.ManagedChannelBuilder;

/** Fetches one record and prints its cells: Fetch 127.0.0.1:7411 SUBJECT YEAR */
class Fetch {
    public static void main(String[] args) {
        var channel = ManagedChannelBuilder.forTarget(args[0]).usePlaintext().build();
        var query = QueryServiceGrpc.newBlockingStub(channel);
        var key = ResolveReportRequest.newBuilder().setSubject(args[1]).setYear(Integer.parseInt(args[2]));
        for (var name : query.resolveReport(key.build()).getNamesList()) { // a name may be that of several bodies
            var report = query.getReport(GetReportRequest.newBuilder().setName(name).build()).getReport();
            for (var figure : report.getFiguresList()) { // only a number has a value: a blank is not a zero
                var state = figure.getState().name().replaceFirst("STATE_", "");
                System.out.println(figure.getKey() + "\t" + (figure.hasValue() ? figure.getValue() : state));
            }
        }
        channel.shutdown();
    }
}
