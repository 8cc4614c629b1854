import gongkai.v1.QueryServiceGrpc;
import gongkai.v1.Revisions.WatchReportsRequest;
import io.grpc.ManagedChannelBuilder;

/** Tells of every report that becomes current after a position: Watch 127.0.0.1:7411 0 */
class Watch {
    public static void main(String[] args) {
        var channel = ManagedChannelBuilder.forTarget(args[0]).usePlaintext().build();
        var query = QueryServiceGrpc.newBlockingStub(channel);
        var after = WatchReportsRequest.newBuilder().setAfterPosition(Long.parseLong(args[1])).build();
        query.watchReports(after).forEachRemaining(message -> {
            for (var change : message.getChangesList()) {
                var kind = change.getKind().name().replaceFirst("REPORT_CHANGE_KIND_", "");
                var key = change.getKey();
                System.out.println(change.getPosition() + "\t" + kind + "\t" + key.getSubject() + "\t" + (change.hasKey() ? key.getYear() : "?")
                    + "\t" + change.getRevision().getNumber());
            }
        });
    }
}
