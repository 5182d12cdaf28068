"""The ten rules that may not be broken, sentence by sentence, attacked over real sockets."""
