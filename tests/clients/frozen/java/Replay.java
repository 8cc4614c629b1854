import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import gongkai.v1.EvaluationServiceGrpc;
import gongkai.v1.ExportServiceGrpc;
import gongkai.v1.IngestServiceGrpc;
import gongkai.v1.QueryServiceGrpc;
import gongkai.v1.ReferenceServiceGrpc;
import gongkai.v1.StatisticsServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServiceDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Makes the calls of a file with the stubs of a release, and prints what came of each: Replay 127.0.0.1:7411 CALLS. The file
 * has a line a call: the method, a tab, the request.
 */
class Replay {
    static final List<ServiceDescriptor> SERVICES =
            List.of(
                    EvaluationServiceGrpc.getServiceDescriptor(),
                    ExportServiceGrpc.getServiceDescriptor(),
                    IngestServiceGrpc.getServiceDescriptor(),
                    QueryServiceGrpc.getServiceDescriptor(),
                    ReferenceServiceGrpc.getServiceDescriptor(),
                    StatisticsServiceGrpc.getServiceDescriptor());

    public static void main(String[] args) throws Exception {
        var channel = ManagedChannelBuilder.forTarget(args[0]).usePlaintext().build();
        var outcomes = new ArrayList<String>();
        for (var line : Files.readAllLines(Path.of(args[1]))) {
            var call = line.split("\t", 2);
            try {
                outcomes.add("{\"answers\":[" + String.join(",", replay(channel, method(call[0]), call[1])) + "]}");
            } catch (StatusRuntimeException failure) {
                outcomes.add("{\"code\":\"" + failure.getStatus().getCode() + "\"}");
            }
        }
        new java.io.PrintStream(System.out, true, "UTF-8").println("[" + String.join(",", outcomes) + "]");
        channel.shutdown();
    }

    @SuppressWarnings("unchecked")
    static MethodDescriptor<Message, Message> method(String path) {
        var methods = SERVICES.stream().flatMap(service -> service.getMethods().stream());
        return (MethodDescriptor<Message, Message>)
                methods.filter(known -> known.getFullMethodName().equals(path)).findFirst().orElseThrow();
    }

    static List<String> replay(Channel channel, MethodDescriptor<Message, Message> method, String json) throws Exception {
        var prototype = (Message) ((PrototypeMarshaller<?>) method.getRequestMarshaller()).getMessagePrototype();
        var request = prototype.newBuilderForType();
        JsonFormat.parser().merge(json, request);
        var options = CallOptions.DEFAULT.withDeadlineAfter(60, TimeUnit.SECONDS);
        var answers = new ArrayList<String>();
        if (method.getType() == MethodDescriptor.MethodType.UNARY) {
            answers.add(JsonFormat.printer().print(ClientCalls.blockingUnaryCall(channel, method, options, request.build())));
        } else {
            var stream = ClientCalls.blockingServerStreamingCall(channel, method, options, request.build());
            while (stream.hasNext()) {
                answers.add(JsonFormat.printer().print(stream.next()));
            }
        }
        return answers;
    }
}
