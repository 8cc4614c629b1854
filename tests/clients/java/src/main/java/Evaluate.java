import com.google.protobuf.ByteString;
import gongkai.v1.Evaluation.DraftDocument;
import gongkai.v1.Evaluation.EvaluateRulesRequest;
import gongkai.v1.EvaluationServiceGrpc;
import io.grpc.ManagedChannelBuilder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Checks a draft, which is not stored: Evaluate 127.0.0.1:7411 FILE */
class Evaluate {
    public static void main(String[] args) throws Exception {
        var channel = ManagedChannelBuilder.forTarget(args[0]).usePlaintext().build();
        var content = ByteString.copyFrom(Files.readAllBytes(Path.of(args[1])));
        var draft = DraftDocument.newBuilder().setContent(content).setFileName(args[1]).build();
        var request = EvaluateRulesRequest.newBuilder().setDocument(draft).build();
        EvaluationServiceGrpc.newBlockingStub(channel).evaluateRules(request).forEachRemaining(answer -> {
            for (var finding : answer.getReport().getFindingsList()) {
                var outcome = finding.getOutcome().name().replaceFirst("OUTCOME_", "");
                System.out.println(String.join("\t", outcome, finding.getRule(), finding.getSubject(), finding.getMessageZh()));
            }
        });
        channel.shutdown();
    }
}
