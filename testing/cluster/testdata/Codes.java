import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;

class Codes {
    public static void main(String[] args) {
        for (Errors e : Errors.values()) {
            System.out.println(e.code() + "\t" + e.name() + "\t" + (e.exception() instanceof RetriableException));
        }
    }
}
