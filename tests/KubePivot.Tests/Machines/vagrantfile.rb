# frozen_string_literal: true

# Evaluates a Vagrantfile as Vagrant does, for one provider, and prints what it set: ruby vagrantfile.rb VAGRANTFILE PROVIDER.
# Everything that is set or called on a configuration object is written down under the object's name.

require "pathname"

# What a configuration object is told.
class Recorder
  attr_reader :told

  def initialize(path, told)
    @path = path
    @told = told
  end

  def method_missing(name, *arguments, **options)
    if name.end_with?("=")
      told << "#{@path}#{name.to_s.chomp("=")} = #{shown(arguments.first)}"
    elsif arguments.empty? && options.empty?
      Recorder.new("#{@path}#{name}.", told)
    else
      words = arguments.map { |argument| shown(argument) } + options.map { |key, value| "#{key}: #{shown(value)}" }
      told << "#{@path}#{name}(#{words.join(", ")})"
    end
  end

  def []=(key, value)
    told << "#{@path.chomp(".")}[#{shown(key)}] = #{shown(value)}"
  end

  def respond_to_missing?(*) = true

  # The key of a test is another each time, and where it lies too.
  def shown(value)
    value.inspect.gsub(ENV.fetch("STATE"), "STATE").gsub(/ssh-ed25519 [^"]+/, "PUBLIC KEY")
  end
end

# config.vm, which defines machines and their providers.
class Machine < Recorder
  def vm = self.class.new(@path.empty? ? "vm." : @path, told)

  def ssh = Recorder.new("ssh.", told)

  def define(name)
    told << "#{name}:"
    yield Machine.new("", told)
  end

  def provider(name)
    yield Recorder.new("#{name}.", told), Machine.new("", told) if name.to_s == PROVIDER
  end
end

# As much of Vagrant as a Vagrantfile sees.
module Vagrant
  module Errors
    class VagrantError < StandardError
      def initialize(*) = super()
    end
  end

  def self.user_data_path = Pathname(ENV.fetch("STATE")).join("vagrant.d")

  def self.configure(_version)
    told = []
    yield Machine.new("", told)
    puts told
  end
end

vagrantfile, PROVIDER = ARGV
ARGV.replace(["up"])
load vagrantfile
